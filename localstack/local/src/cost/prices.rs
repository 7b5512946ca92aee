//! List prices of `us-east-1` for what Fermata uses, without any free tier, as AWS published them in
//! November 2026.

/// What a quantity is counted in, and its price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// The unit of the quantity.
    pub unit: &'static str,
    /// How many of the unit the price is for.
    pub per: f64,
    /// The price in dollars.
    pub dollars: f64,
}

impl Price {
    /// What this many units cost, in dollars.
    pub fn of(self, quantity: f64) -> f64 {
        quantity / self.per * self.dollars
    }
}

const fn price(unit: &'static str, per: f64, dollars: f64) -> Price {
    Price { unit, per, dollars }
}

/// On demand; a write unit is 1 KB of one item or one index entry.
pub(super) const WRITE: Price = price("write units", 1e6, 0.625);
/// On demand; a read unit is 4 KB, of which each item of a batch has its own. Eventually consistent reads
/// need half of one.
pub(super) const READ: Price = price("read units", 1e6, 0.125);
/// Tables; each item counts 100 bytes more than it holds.
pub(super) const TABLE: Price = price("GB", 1.0, 0.25);
/// Point-in-time recovery of tables.
pub(super) const RECOVERY: Price = price("GB", 1.0, 0.20);
/// Each call of SQS, empty answers and whole batches included.
pub(super) const QUEUE: Price = price("requests", 1e6, 0.40);
/// Each invocation of a function.
pub(super) const INVOCATION: Price = price("invocations", 1e6, 0.20);
/// Memory times duration of functions on arm64.
pub(super) const COMPUTE: Price = price("GB-seconds", 1.0, 0.000_013_333_4);
/// Collected log lines.
pub(super) const LOGS: Price = price("GB", 1.0, 0.50);
/// Each event of EventBridge Scheduler.
pub(super) const SCHEDULE: Price = price("events", 1e6, 1.00);
/// Each metric of an alarm.
pub(super) const ALARM: Price = price("metrics", 1.0, 0.10);
/// Each secret.
pub(super) const SECRET: Price = price("secrets", 1.0, 0.40);
/// Each call of Secrets Manager.
pub(super) const SECRET_CALL: Price = price("calls", 10_000.0, 0.05);
/// Each object that S3 stores.
pub(super) const PUT: Price = price("objects", 1e6, 5.00);
/// What S3 stores.
pub(super) const OBJECTS: Price = price("GB", 1.0, 0.023);
/// What a query of Athena scans; at least 10 MB each.
pub const SCAN: Price = price("bytes", 1e12, 5.00);
