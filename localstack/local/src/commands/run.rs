//! `cargo local run`: from nothing to a collected catalogue.

use std::io::{Write, stdout};

use anyhow::Result;

use super::{options, up};
use crate::{
    cli::RunArgs,
    collect::{self, Closed},
    emulator::Lifetime,
    report::Report,
    stack::Stack,
    state::Left,
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, args: &RunArgs) -> Result<()> {
    let lifetime = if args.keep { Lifetime::Background } else { Lifetime::Command };
    let options = options(&args.stack, lifetime).await?;
    if args.keep {
        up::none_is_up(workspace).await?;
    }
    let mut stack = Stack::start(workspace, &options).await?;
    note!("Fermata is deployed to {} and asks {}", stack.endpoint(), stack.spotify().api_url);
    let result = collect(&mut stack).await;
    // What a failed run has left is worth a look only if it was asked for.
    let left = if args.keep { Some(stack.leave_running()?) } else { stack.stop().await.map(|()| None)? };
    let report = result?;
    let advice = advice(left.as_ref(), &report);
    if args.json {
        note!("{advice}");
        writeln!(stdout(), "{}", serde_json::to_string(&report)?)?;
    } else {
        writeln!(stdout(), "{}\n{advice}", report.text())?;
    }
    Ok(())
}

async fn collect(stack: &mut Stack) -> Result<Report> {
    let closed: Closed = collect::to_the_end(stack).await?;
    Report::of(stack, &closed).await
}

/// How to look further.
fn advice(left: Option<&Left>, report: &Report) -> String {
    let Some(left) = left else {
        return "the stack is gone; with --keep it stays, for `cargo local status` and `cargo local artist ID`"
            .to_owned();
    };
    format!(
        "\nthe stack stays up at {}:\n  \
         cargo local status        runs, terms, pace and queues\n  \
         cargo local artist ID     one artist as JSON\n  \
         cargo local down          ends it\n  \
         aws --endpoint-url {} dynamodb query --table-name {} \\\n    --key-condition-expression '#r = :r' \
         --expression-attribute-names '{{\"#r\":\"run\"}}' \\\n    --expression-attribute-values '{{\":r\":{{\"S\":\"{}\"}}}}'",
        left.endpoint, left.endpoint, left.deployment.terms, report.run
    )
}
