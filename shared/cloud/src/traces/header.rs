//! Lambda's trace header.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// What a trace header says about the parent of an invocation's spans.
#[derive(Debug, PartialEq)]
pub(super) enum Parent {
    /// Lambda's record of the invocation.
    Sampled(SpanContext),
    /// The invocation is not to be traced.
    NotSampled,
    /// The header does not say it.
    Unknown,
}

impl Parent {
    /// Reads `Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1`; the order of the
    /// parts and parts with other names do not matter.
    /// Source: "Tracing header" in the developer guide of X-Ray.
    pub(super) fn read(header: &str) -> Self {
        let parts = || header.split(';').filter_map(|part| part.trim().split_once('='));
        let part = |name: &str| parts().find(|(key, _)| *key == name).map(|(_, value)| value);
        match (part("Sampled"), part("Root").and_then(trace_id), part("Parent").and_then(span_id)) {
            (Some("0"), ..) => Self::NotSampled,
            (Some("1"), Some(trace), Some(span)) => {
                let flags = TraceFlags::SAMPLED;
                Self::Sampled(SpanContext::new(trace, span, flags, true, TraceState::default()))
            }
            _ => Self::Unknown,
        }
    }
}

fn trace_id(root: &str) -> Option<TraceId> {
    let (time, number) = root.strip_prefix("1-")?.split_once('-')?;
    let is_id = is_hex(time, 8) && is_hex(number, 24);
    let id = is_id.then(|| TraceId::from_hex(&format!("{time}{number}")).ok())?;
    id.filter(|id| *id != TraceId::INVALID)
}

fn span_id(parent: &str) -> Option<SpanId> {
    let id = is_hex(parent, 16).then(|| SpanId::from_hex(parent).ok())?;
    id.filter(|id| *id != SpanId::INVALID)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampled_header_names_the_parent() {
        let header =
            "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1";
        let Parent::Sampled(parent) = Parent::read(header) else { panic!("{:?}", Parent::read(header)) };
        assert_eq!(parent.trace_id().to_string(), "67891233abcdef012345678912345678");
        assert_eq!(parent.span_id().to_string(), "53995c3f42cd8ad8");
        assert!(parent.is_sampled() && parent.is_remote());
    }

    #[test]
    fn an_invocation_that_lambda_does_not_sample_is_no_mistake() {
        let header = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=0";
        assert_eq!(Parent::read(header), Parent::NotSampled);
    }

    #[test]
    fn a_missing_or_broken_part_makes_the_parent_unknown() {
        for header in [
            "",
            ";;=;",
            "Root=1-67891233-abcdef012345678912345678",
            "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8",
            "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=?",
            "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8adg;Sampled=1",
            "Root=1-67891233-abcdef012345678912345678;Parent=0000000000000000;Sampled=1",
            "Root=1-67891233-abcdef01234567891234567;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-+7891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=2-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1",
            "Root=1-\u{e9}\u{e9}\u{e9}\u{e9}-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1",
        ] {
            assert_eq!(Parent::read(header), Parent::Unknown, "{header}");
        }
    }
}
