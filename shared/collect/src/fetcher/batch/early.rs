//! Ending a run before everything was asked, where the operator wants that.

use jiff::Timestamp;

use super::Fetcher;
use crate::fetcher::ask::{Asking, Stopped};
use crate::fetcher::work::work;
use crate::plan::stop::End;
use crate::plan::{sample, stop};
use crate::ports::{Claim, Control, Fetching, Frontier, Kept, Overview, PortError};
use crate::term::{RunId, Term};

impl Fetcher {
    /// Ends the run if the operator wants it to end here, and draws its sample shortly before.
    pub(super) async fn end_early<P: Fetching>(
        &mut self,
        ports: &P,
        overview: &Overview,
        deadline: Timestamp,
    ) {
        let Some(run) = overview.asking_run().filter(|run| self.over.as_ref() != Some(&run.id)) else {
            return;
        };
        let ended = match stop::end(&self.settings, &self.guide.yields) {
            End::Far => return,
            End::Near if self.sampled.as_ref() == Some(&run.id) => return,
            End::Near => {
                self.sampled = Some(run.id.clone());
                self.guide.sampled = true;
                self.draw_sample(ports, &run.id, deadline).await
            }
            End::Reached(reason) => {
                self.over = Some(run.id.clone());
                ports.control().stop(&run.id, &reason).await
            }
        };
        if let Err(error) = ended {
            // The tick will end it.
            tracing::warn!(%error, "run not ended");
        }
    }

    /// Works the terms of the sample at once: in the queue they would stand behind a whole window.
    async fn draw_sample<P: Fetching>(
        &mut self,
        ports: &P,
        run: &RunId,
        deadline: Timestamp,
    ) -> Result<(), PortError> {
        let operators = self.capability.operators;
        let terms = sample::terms(&self.settings, run, operators);
        if !terms.is_empty() {
            ports.frontier().put_new(&terms).await?;
        }
        for term in terms {
            if stop::end(&self.settings, &self.guide.yields) != End::Near {
                break;
            }
            let lease_until = deadline + self.settings.lease_time();
            let Some(claim) = ports.frontier().send(run, &term.key(), lease_until).await? else { continue };
            match self.draw(ports, &claim, deadline).await {
                Ok((Stopped::Finished(_) | Stopped::Superseded, _)) => {}
                Ok((stopped, term)) => {
                    let Term { progress, priority, attempts, .. } = &term;
                    let kept = Kept { progress, priority: *priority, attempts: *attempts };
                    ports.frontier().give_back(&claim, Some(kept)).await?;
                    if !matches!(stopped, Stopped::Trouble(_)) {
                        // What keeps this one from being asked keeps the others too.
                        break;
                    }
                }
                Err(error) => {
                    // No message brings it again.
                    ports.frontier().give_back(&claim, None).await?;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Works a term of the sample that is claimed. Returns it with the reason for stopping.
    async fn draw<P: Fetching>(
        &mut self,
        ports: &P,
        claim: &Claim,
        deadline: Timestamp,
    ) -> Result<(Stopped, Term), PortError> {
        let Some(mut term) = ports.frontier().get(&claim.run, &claim.key).await? else {
            let (what, why) = (claim.key.to_string(), "it is gone".to_owned());
            return Err(PortError::Corrupt { what, why });
        };
        let mut asking = Asking {
            ports,
            settings: &self.settings,
            permits: &mut self.permits,
            capability: &mut self.capability,
            guide: &mut self.guide,
            deadline,
            patient: true,
        };
        let stopped = Box::pin(work(&mut asking, &mut term)).await?;
        Ok((stopped, term))
    }
}
