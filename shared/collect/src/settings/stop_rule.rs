//! When to end a run before everything was asked.

/// When to end a run early. By default never.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StopRule {
    /// After this many requests.
    pub requests: Option<u64>,
    /// When a request brings fewer new artists than this.
    pub least_yield: Option<f64>,
}
