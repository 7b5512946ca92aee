//! Errors of the libraries, as errors of the ports.

use std::fmt::Display;

use collect::ports::PortError;

/// Something that is stored under `what` and cannot be read, or cannot be written in this form.
pub(crate) fn corrupt(what: impl Into<String>) -> impl FnOnce(Box<dyn Display>) -> PortError {
    let what = what.into();
    move |why| PortError::Corrupt { what, why: why.to_string() }
}

/// `result` of a library, as an error about `what`.
pub(crate) trait OrPortError<T> {
    fn port_error(self, what: &str) -> Result<T, PortError>;
}

impl<T, E: Display + 'static> OrPortError<T> for Result<T, E> {
    fn port_error(self, what: &str) -> Result<T, PortError> {
        self.map_err(|error| corrupt(what)(Box::new(error)))
    }
}
