//! `fermata seed`: sends what the schedules would send, now.

use anyhow::{Context, Result};

use crate::{
    cli::program,
    sentence::{Standing, sentence},
    stack,
    state::Left,
    status::run_standing,
    template::Template,
    terminal::print,
    workspace::Workspace,
};

pub(super) async fn execute(workspace: &Workspace) -> Result<()> {
    let left = Left::require(workspace).await?;
    let template = Template::read(&workspace.template())?;
    let now = jiff::Timestamp::now();
    let scheduled = now.round(jiff::Unit::Second)?.to_string();
    let (clients, observer) = (left.clients(), left.observer());
    for job in ["collect", "top-up"] {
        stack::invoke(&clients, &left.deployment.seeder, &template.schedule_event(job, &scheduled)?).await?;
    }
    let run = observer.run().await?.context("the seeder opened no run")?;
    let run = Some(run_standing(&run, jiff::Timestamp::now()));
    let standing = Standing { run, artists: observer.artists().await?, rate: None, held: None };
    print(&format!("{} `{} status --watch` follows it.", sentence(&standing), program()))
}
