//! Ending a run before everything was asked, where the operator wants that.

use jiff::Timestamp;

use super::Fetcher;
use crate::fetcher::driver::Driver;
use crate::fetcher::halt::Halt;
use crate::plan::inquiry::Unanswered;
use crate::plan::refusal::Failure;
use crate::plan::sample;
use crate::plan::stop::{self, End};
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
        let Some(run) = overview.asking_run().filter(|_| !self.is_over()) else {
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
                self.over.clone_from(&self.known_run);
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
            let mut term = match claimed(ports, &claim).await {
                Ok(term) => term,
                Err(error) => {
                    ports.frontier().give_back(&claim, None).await?;
                    return Err(error);
                }
            };
            let mut driver = Driver { patient: true, ..self.driver(ports, deadline) };
            match Box::pin(driver.drive(&mut term)).await {
                Ok(_) | Err(Halt::Superseded) => {}
                Err(Halt::Port(error)) => {
                    // No message brings it again.
                    ports.frontier().give_back(&claim, None).await?;
                    return Err(error);
                }
                Err(halt) => {
                    let Term { progress, tally, priority, attempts, .. } = &term;
                    let kept = Kept { progress, tally: *tally, priority: *priority, attempts: *attempts };
                    ports.frontier().give_back(&claim, Some(kept)).await?;
                    if !matches!(halt, Halt::Unanswered(Unanswered::Failure(Failure::TryAgain(_)))) {
                        // What keeps this one from being asked keeps the others too.
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The term of a claim.
async fn claimed<P: Fetching>(ports: &P, claim: &Claim) -> Result<Term, PortError> {
    let term = ports.frontier().get(&claim.run, &claim.key).await?;
    term.ok_or_else(|| PortError::Corrupt { what: claim.key.to_string(), why: "it is gone".to_owned() })
}
