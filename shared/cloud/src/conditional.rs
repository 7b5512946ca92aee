//! The outcome of a conditional write.

/// Either the write went through, or its condition was false. Neither is an error: errors of the table itself
/// stay in the `Result` around it, so `?` passes them on.
#[derive(Debug)]
pub(crate) enum Conditional<T, S> {
    /// The condition held and the write went through.
    Written(T),
    /// The condition was false and nothing was written. Contains the item in the table.
    Refused(S),
}

impl<T, S> Conditional<T, S> {
    /// Whether the write went through.
    pub(crate) fn is_written(&self) -> bool {
        matches!(self, Self::Written(_))
    }
}
