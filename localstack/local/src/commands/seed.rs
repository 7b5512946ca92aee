//! `fermata seed`: sends what the schedules would send, now.

use anyhow::{Context, Result};
use collect::operator::{Standing, run_standing, sentence};

use crate::{
    cli::{Job, program},
    stack,
    state::Left,
    template::Template,
    terminal::print,
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace, job: Job) -> Result<()> {
    let left = Left::require(workspace).await?;
    let template = Template::read(&workspace.template())?;
    let now = jiff::Timestamp::now();
    let scheduled = now.round(jiff::Unit::Second)?.to_string();
    let (clients, observer) = (left.clients(), left.observer());
    for job in [job.name(), "top-up"] {
        stack::invoke(&clients, &left.deployment.seeder, &template.schedule_event(job, &scheduled)?).await?;
    }
    let run = observer.run().await?.context("the seeder opened no run")?;
    let run = Some(run_standing(&run, jiff::Timestamp::now()));
    let standing = Standing { run, artists: observer.artists().await?, ..Standing::default() };
    print(&format!("{} `{} status --watch` follows it.", sentence(&standing), program()))
}
