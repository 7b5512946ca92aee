//! `fermata run`: from nothing to a collected catalogue.

use anyhow::{Result, ensure};

use super::{options, up};
use crate::{
    check::Check,
    cli::{Job, RunArgs, program},
    collect::{self, Closed},
    dashboard::Dashboard,
    emulator::Lifetime,
    report::Report,
    snapshots,
    stack::Stack,
    state::Left,
    terminal::{print, print_json, steps::Steps},
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, args: &RunArgs, steps: &Steps) -> Result<()> {
    let lifetime = if args.keep { Lifetime::Background } else { Lifetime::Command };
    let options = options(&args.stack, lifetime, steps).await?;
    let claim = if args.keep { Some(up::claim(workspace).await?) } else { None };
    let mut stack = Stack::start(workspace, &options).await?;
    steps.say(&format!(
        "Fermata is deployed to {} and sends its requests to {}.",
        stack.access().endpoint(),
        stack.spotify().api_url
    ));
    let dashboard = Dashboard::start(stack.clients(), stack.deployment(), None).await?;
    steps.say(&format!("Dashboard: {}", dashboard.url()));
    let result = collect(&mut stack, workspace, args.job).await;
    // The dashboard of a stack that stays gets the port.
    drop(dashboard);
    // What a failed run has left is worth a look only if it was asked for.
    let left = match claim {
        Some(claim) => Some(up::stay(workspace, stack, claim).await?),
        None => stack.stop().await.map(|()| None)?,
    };
    let report = result?;
    let advice = advice(left.as_ref(), &report);
    if args.json {
        steps.say(&advice);
        print_json(&report)?;
    } else {
        print(&format!("\n{}\n\n{advice}", report.text()))?;
    }
    let different = report.check.as_ref().map_or(0, |Check { different, .. }| *different);
    ensure!(different == 0, "some stored artists differ from the catalogue; see the sample above");
    Ok(())
}

async fn collect(stack: &mut Stack, workspace: &Workspace, job: Job) -> Result<Report> {
    let closed: Closed = collect::job_to_the_end(stack, job.name()).await?;
    let snapshot = snapshots::of_run(stack, workspace, &closed.run.id).await?;
    Ok(Report { snapshot: Some(snapshot), ..Report::of(stack, &closed).await? })
}

/// How to look further.
fn advice(left: Option<&Left>, report: &Report) -> String {
    let program = program();
    let Some(left) = left else {
        return format!(
            "The stack was stopped. With --keep it stays, for `{program} status` and `{program} artist ID`."
        );
    };
    format!(
        "The stack keeps running at {}. Dashboard: {}\n  \
         {program} status        run, terms, pace and queues\n  \
         {program} artist ID     one artist as JSON\n  \
         {program} down          stops it\n  \
         eval \"$({program} env)\"  lets the AWS CLI find it:\n  \
         aws dynamodb query --table-name {} \\\n    --key-condition-expression '#r = :r' \
         --expression-attribute-names '{{\"#r\":\"run\"}}' \\\n    --expression-attribute-values '{{\":r\":{{\"S\":\"{}\"}}}}'",
        left.endpoint(),
        left.dashboard_url.as_deref().unwrap_or("none"),
        left.deployment.terms,
        report.run
    )
}
