//! The control table and the artist rows. The rules of storage are those of [`collect::memory`]; here they
//! meet delays, failures and mutants.

use std::collections::BTreeMap;
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId, Edge, Mention, PlaylistId};
use collect::pace::{Hold, LeaseRequest, Leased, PaceState};
use collect::plan::{Finding, LimitsFinding, OperatorFinding, Yields};
use collect::ports::{Artists, Clock, Control, Edges, Opening, Overview, PortError, Sighting, Upserted};
use collect::run::{Counting, Expiring, Latest, Run, Seeding};
use collect::term::{Operator, RunId};
use collect::web_api::Endpoint;
use jiff::{SignedDuration, Timestamp};

use super::execution::{Execution, Role, unavailable};
use super::ledger::held_bucket;
use super::state::{World, at_once, lock};
use crate::moment::Moment;
use crate::mutants::Mutant;
use crate::promise::Promise;

impl World {
    /// The refusals, for the rate and for quotas, that the control table has counted.
    pub(crate) fn refusals_counted(&self) -> u64 {
        let overview = at_once(self.control.overview()).and_then(Result::ok).unwrap_or_default();
        overview.pace.refused + overview.pace.buckets.values().map(|bucket| bucket.refused).sum::<u64>()
    }
}

/// A lease that nobody else hears of.
fn lease_unseen(mut pace: PaceState, request: &LeaseRequest) -> Leased {
    let answer = pace.lease(request);
    Leased { answer, pace }
}

fn without_holds(mut pace: PaceState) -> PaceState {
    pace.hold_until = Timestamp::UNIX_EPOCH;
    pace.buckets.values_mut().for_each(|bucket| bucket.hold_until = Timestamp::UNIX_EPOCH);
    pace
}

/// The hold of the app, if there was one, goes on a little longer whenever it is looked at.
fn with_outlived_holds(mut pace: PaceState, now: Timestamp) -> PaceState {
    if pace.hold_until > Timestamp::UNIX_EPOCH {
        pace.hold_until = pace.hold_until.max(now + SignedDuration::from_secs(10));
    }
    pace
}

impl Control for Execution {
    async fn overview(&self) -> Result<Overview, PortError> {
        let (read, mut overview) = self
            .table("overview", async { Ok((self.world.now(), self.world.control.overview().await?)) })
            .await?;
        self.heard(read);
        self.knowledge().batch_read = read;
        if self.world.is(Mutant::HoldUnseenByDispatch) && self.role == Role::Seeder {
            overview.pace = without_holds(overview.pace);
        }
        if self.world.is(Mutant::HoldOutlived) && self.role == Role::Fetcher {
            overview.pace = with_outlived_holds(overview.pace, self.now());
        }
        if self.world.is(Mutant::CloseWithoutSecondLook)
            && let Some(run) = &mut overview.run
        {
            run.idle_since = Some(Timestamp::UNIX_EPOCH);
        }
        Ok(overview)
    }

    async fn open(&self, run: &Run) -> Result<Opening, PortError> {
        self.table("open", async {
            let before = self.world.run();
            let mut opening = self.world.control.open(run).await?;
            if self.world.is(Mutant::OpenedTwice)
                && let Some(standing) = before.filter(Run::is_running)
            {
                let Run { id, idle_since, .. } = standing;
                let closed = Run { id, idle_since, ..Run::open(run.id.clone(), run.opened_at) };
                self.world.control.close(&closed).await?;
                opening = Opening::Opened;
            }
            self.tell(|| format!("opens run {}: {opening:?}", run.id));
            let again = opening == Opening::Opened && self.world.ledger().opens();
            self.world
                .promise(Promise::Idempotent, !again, || format!("the run {} was opened again", run.id));
            Ok(opening)
        })
        .await
    }

    async fn mark_seeding(&self, run: &RunId, seeding: &Seeding) -> Result<(), PortError> {
        self.table("mark seeding", async {
            self.tell(|| format!("notes that the seeding stands {seeding}"));
            if self.world.is(Mutant::StringSkipped)
                && let Seeding::Strings { put } = seeding
            {
                let further = Seeding::Strings { put: put + 1 };
                return self.world.control.mark_seeding(run, &further).await;
            }
            self.world.control.mark_seeding(run, seeding).await
        })
        .await
    }

    async fn mark_seeded(&self, run: &RunId) -> Result<(), PortError> {
        self.table("mark seeded", async { self.world.control.mark_seeded(run).await }).await
    }

    async fn add_tracks(&self, run: &RunId) -> Result<bool, PortError> {
        self.table("add tracks", async { self.world.control.add_tracks(run).await }).await
    }

    async fn mark_idle(&self, run: &RunId, since: Option<Timestamp>) -> Result<(), PortError> {
        self.table("mark idle", async {
            self.tell(|| format!("marks the run idle since {since:?}"));
            self.world.control.mark_idle(run, since).await
        })
        .await
    }

    async fn stop(&self, run: &RunId, reason: &str) -> Result<(), PortError> {
        self.table("stop", async {
            self.tell(|| format!("stops the run: {reason}"));
            self.world.ledger().stops(self.world.now());
            if self.world.is(Mutant::StopForgotten) {
                return Ok(());
            }
            self.world.control.stop(run, reason).await
        })
        .await
    }

    async fn resume(&self, run: &Run) -> Result<bool, PortError> {
        self.table("resume", async {
            let resumed = self.world.control.resume(run).await?;
            if resumed {
                self.tell(|| format!("resumes the run {}", run.id));
                self.world.ledger().resumes(self.world.now());
                self.world.service().resumes();
            }
            Ok(resumed)
        })
        .await
    }

    async fn mark_counting(&self, run: &Run, counting: &Counting) -> Result<bool, PortError> {
        self.table("mark counting", async {
            self.tell(|| format!("keeps that {} terms are counted", counting.report.terms()));
            let mut counting = counting.clone();
            if self.world.is(Mutant::CountWithoutCursor) {
                counting.after = None;
            }
            self.world.control.mark_counting(run, &counting).await
        })
        .await
    }

    async fn note_expiring(&self, run: &RunId, expiring: &Expiring) -> Result<(), PortError> {
        self.table("note expiring", async { self.world.control.note_expiring(run, expiring).await }).await
    }

    async fn mark_expiring(&self, run: &RunId, expiring: Option<&Expiring>) -> Result<(), PortError> {
        self.table("mark expiring", async { self.world.control.mark_expiring(run, expiring).await }).await
    }

    async fn expire(&self, run: &RunId, end: Timestamp) -> Result<(), PortError> {
        self.table("expire words", async { self.world.control.expire(run, end).await }).await
    }

    async fn close(&self, run: &Run) -> Result<bool, PortError> {
        self.table("close", async {
            self.tell(|| format!("closes the run as {:?}: {:?}", run.state, run.report));
            self.world.control.close(run).await
        })
        .await
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Leased, PortError> {
        let lease = self.table("lease", async {
            let control = &self.world.control;
            let pace = control.pace().await?;
            let free =
                self.world.is(Mutant::LeaseDuringHold) && pace.held_at(request.bucket, request.now).is_some();
            let leased = if free {
                lease_unseen(without_holds(pace), request)
            } else if self.world.is(Mutant::LeaseGivenTwice) {
                lease_unseen(pace, request)
            } else {
                control.lease(request).await?
            };
            self.tell(|| format!("leases for {}: {:?}", request.bucket, leased.answer));
            Ok((self.world.now(), leased))
        });
        let (read, leased) = lease.await?;
        self.heard(read);
        Ok(leased)
    }

    async fn pace(&self) -> Result<PaceState, PortError> {
        let read = self.table("pace", async { Ok((self.world.now(), self.world.control.pace().await?)) });
        let (read, pace) = read.await?;
        self.heard(read);
        Ok(pace)
    }

    async fn hold(&self, held: &Hold) -> Result<(), PortError> {
        self.refuse(held);
        self.knowledge().refusal_unwritten = true;
        let written = self.table("hold", async {
            self.tell(|| format!("holds: {held:?}"));
            self.world.ledger().held(held, self.world.now());
            if self.world.is(Mutant::HoldForgotten) {
                return Ok(());
            }
            if self.world.is(Mutant::EpochForgotten) {
                let forgotten = Hold { epoch: u64::MAX, bucket_epoch: u64::MAX, ..held.clone() };
                return self.world.control.hold(&forgotten).await;
            }
            self.world.control.hold(held).await
        });
        written.await?;
        self.knowledge().refusal_unwritten = false;
        Ok(())
    }

    async fn saturated_words(&self, run: &RunId, add: Option<&str>) -> Result<Vec<String>, PortError> {
        self.table("words", async { self.world.control.saturated_words(run, add).await }).await
    }

    async fn note_operator(&self, operator: Operator, finding: &OperatorFinding) -> Result<(), PortError> {
        self.table("note operator", async {
            self.tell(|| format!("finds out whether {} works: {}", operator.name(), finding.works));
            self.world.control.note_operator(operator, finding).await
        })
        .await
    }

    async fn note_endpoint(&self, endpoint: Endpoint, finding: &Finding) -> Result<(), PortError> {
        self.table("note endpoint", async {
            self.tell(|| format!("finds out of {endpoint}: {finding:?}"));
            self.world.control.note_endpoint(endpoint, finding).await
        })
        .await
    }

    async fn note_yields(&self, run: &RunId, brought: &Yields, latest: &Latest) -> Result<(), PortError> {
        let mut is_noted = false;
        let noting = async {
            let noted = self.world.control.note_yields(run, brought, latest).await;
            is_noted = noted.is_ok();
            noted
        };
        let noted = self.table("note yields", noting).await;
        if is_noted && noted.is_err() {
            // Nobody knows that it was, so it is noted again.
            self.world.service().noted_twice(brought.0.values().map(|of| of.asked).sum());
        }
        noted
    }

    async fn snapshots(&self, playlists: &[PlaylistId]) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        self.table("snapshots", async { self.world.control.snapshots(playlists).await }).await
    }

    async fn keep_snapshot(&self, playlist: &PlaylistId, snapshot: &str) -> Result<(), PortError> {
        self.table("keep snapshot", async { self.world.control.keep_snapshot(playlist, snapshot).await })
            .await
    }

    async fn limit_pages(&self, finding: &LimitsFinding) -> Result<(), PortError> {
        self.table("limit pages", async {
            self.tell(|| format!("notes {:?}", finding.limits));
            self.world.control.limit_pages(finding).await
        })
        .await
    }
}

impl Execution {
    /// This environment was refused: the hold that it sets must not end before Spotify said, and it must keep
    /// it itself whether it can be written or not.
    fn refuse(&self, held: &Hold) {
        let mut knowledge = self.knowledge();
        let known = knowledge.refused_until.entry(held_bucket(held)).or_insert(held.until);
        *known = held.until.max(*known);
        let asked = knowledge.refusal_ends.take();
        knowledge.refusal_unheeded = false;
        drop(knowledge);
        let ends = Moment::when_shown(held.until, self.environment.skew);
        self.world.promise(Promise::HoldsKept, asked.is_none_or(|asked| asked <= ends), || {
            format!("{self} holds until {ends} only, but was told {asked:?}; now it is {}", self.now())
        });
    }
}

impl Artists for Execution {
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError> {
        self.table("upsert", async {
            if self.world.is(Mutant::ArtistsAfterFinish) {
                lock(&self.held_back).artists.push((artists.to_vec(), sighting.clone()));
                return Ok(Upserted::default());
            }
            if let Some(some) = self.cut(artists) {
                self.write_artists(&some, &[], sighting).await?;
                return Err(unavailable("upsert"));
            }
            self.write_artists(artists, mentions, sighting).await
        })
        .await
    }

    async fn stubs(&self, limit: usize, share: u32) -> Result<Vec<ArtistId>, PortError> {
        self.table("stubs", async { self.world.artists.stubs(limit, share).await }).await
    }

    async fn stale(
        &self,
        before: Timestamp,
        run: &RunId,
        limit: usize,
        within: Duration,
    ) -> Result<Vec<ArtistId>, PortError> {
        self.table("stale", async { self.world.artists.stale(before, run, limit, within).await }).await
    }

    async fn withdraw(&self, artists: &[ArtistId], sighting: &Sighting) -> Result<(), PortError> {
        self.table("withdraw", async {
            self.tell(|| format!("withdraws {} artists", artists.len()));
            if self.world.is(Mutant::WithdrawalForgotten) {
                return Ok(());
            }
            self.world.artists.withdraw(artists, sighting).await
        })
        .await
    }
}

impl Edges for Execution {
    async fn keep(&self, edges: &[Edge], sighting: &Sighting) -> Result<(), PortError> {
        self.table("keep edges", async { self.world.artists.keep(edges, sighting).await }).await
    }
}

impl World {
    /// Whether nothing is known of what artists were to their table when their term is counted: a mutant
    /// writes them later.
    pub(crate) fn counts_no_artists(&self) -> bool {
        self.is(Mutant::ArtistsAfterFinish)
    }
}

impl Execution {
    async fn write_artists(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError> {
        self.world.fields_kept(artists);
        let rows = &self.world.artists;
        if self.world.is(Mutant::MissingErases) {
            // What is missing is written as nothing, which stands for every other value that a careless
            // reader makes up.
            let zero = |artist: &Artist| Artist {
                popularity: artist.popularity.or(Some(0)),
                followers: artist.followers.or(Some(0)),
                ..artist.clone()
            };
            return rows.upsert(&artists.iter().map(zero).collect::<Vec<_>>(), mentions, sighting).await;
        }
        let upserted = rows.upsert(artists, mentions, sighting).await?;
        if self.world.is(Mutant::ChangeTakenForReturn) {
            return Ok(Upserted { returned: upserted.returned + upserted.changed, ..upserted });
        }
        Ok(upserted)
    }

    /// A mutant's late writes, after the term was written and after a wait in which the execution may end.
    pub(super) async fn write_held_back(&self) -> Result<(), PortError> {
        if self.role == Role::Seeder {
            return Ok(());
        }
        let late = std::mem::take(&mut *lock(&self.held_back));
        if late.artists.is_empty() && late.terms.is_empty() {
            return Ok(());
        }
        let wait = self.world.dice(|dice| dice.millis(1, 8));
        self.pause(wait).await;
        for (artists, sighting) in late.artists {
            self.write_artists(&artists, &[], &sighting).await?;
        }
        self.put(&late.terms);
        Ok(())
    }
}
