//! Errors of the libraries, as the ports tell them.

use std::fmt::Display;

use collect::ports::PortError;

/// Something that is stored under `what` and cannot be read, or cannot be written in this form.
pub(crate) fn corrupt(what: impl Into<String>) -> impl FnOnce(Box<dyn Display>) -> PortError {
    let what = what.into();
    move |why| PortError::Corrupt { what, why: why.to_string() }
}

/// `result` of a library, as an error about `what`.
pub(crate) trait Told<T> {
    fn told(self, what: &str) -> Result<T, PortError>;
}

impl<T, E: Display + 'static> Told<T> for Result<T, E> {
    fn told(self, what: &str) -> Result<T, PortError> {
        self.map_err(|error| corrupt(what)(Box::new(error)))
    }
}
