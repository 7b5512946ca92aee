//! The audio analysis of a track: made up from its features, and consistent with them.

use serde_json::{Value, json};

use super::maker::Objects;
use crate::random::{Random, floor};
use crate::world::Track;

/// Length of a section in beats.
const SECTION: usize = 64;

/// Length of a beat, in seconds, where a track has no tempo.
const NO_TEMPO: f64 = 0.5;

impl Objects<'_> {
    /// Bars, beats, sections, segments and tatums of a track; `segments` are as long as its beats.
    pub(in crate::server) fn analysis(&self, track: Track) -> Value {
        let features = self.world.features(track);
        let random = self.world.analysis_draw(track);
        let duration = f64::from(features.duration_ms) / 1_000.0;
        let beat = if features.tempo > 0.0 { 60.0 / features.tempo } else { NO_TEMPO };
        let beats = usize::from(floor::<u16>(duration / beat, u16::MAX)).max(1);
        let bar = usize::from(features.time_signature.max(1));
        let mut analysis = Analysis { random, beat, duration, features };
        json!({
            "meta": {
                "analyzer_version": "4.0.0", "platform": "Linux", "detailed_status": "OK", "status_code": 0,
                "timestamp": 1_790_000_000, "analysis_time": 5.2, "input_process": "libvorbisfile L+R 44100->22050",
            },
            "track": analysis.summary(),
            "bars": analysis.intervals(beats.div_ceil(bar), bar),
            "beats": analysis.intervals(beats, 1),
            "sections": analysis.sections(beats.div_ceil(SECTION)),
            "segments": analysis.segments(beats),
            "tatums": analysis.halves(beats),
        })
    }
}

struct Analysis {
    random: Random,
    /// Seconds of a beat, and of all of it.
    beat: f64,
    duration: f64,
    features: crate::tracks::Features,
}

impl Analysis {
    /// What is said of the track as a whole.
    fn summary(&mut self) -> Value {
        let features = self.features;
        let samples = u64::from(features.duration_ms) * 22_050 / 1_000;
        json!({
            "num_samples": samples, "duration": self.duration, "sample_md5": "", "offset_seconds": 0,
            "window_seconds": 0, "analysis_sample_rate": 22_050, "analysis_channels": 1, "end_of_fade_in": 0.0,
            "start_of_fade_out": rounded(self.duration * 0.97), "loudness": features.loudness,
            "tempo": features.tempo, "tempo_confidence": self.confidence(),
            "time_signature": features.time_signature, "time_signature_confidence": self.confidence(),
            "key": features.key, "key_confidence": self.confidence(),
            "mode": features.mode, "mode_confidence": self.confidence(),
            "codestring": "", "code_version": 3.15, "echoprintstring": "", "echoprint_version": 4.15,
            "synchstring": "", "synch_version": 1.0, "rhythmstring": "", "rhythm_version": 1.0,
        })
    }

    /// `count` intervals of so many beats each.
    fn intervals(&mut self, count: usize, beats: usize) -> Vec<Value> {
        (0..count).map(|number| self.interval(number * beats, beats)).collect()
    }

    /// Half beats.
    fn halves(&mut self, beats: usize) -> Vec<Value> {
        self.beat /= 2.0;
        let halves = self.intervals(beats * 2, 1);
        self.beat *= 2.0;
        halves
    }

    fn interval(&mut self, start: usize, beats: usize) -> Value {
        let (start, duration) = self.time(start, beats);
        json!({"start": start, "duration": duration, "confidence": self.confidence()})
    }

    /// When so many beats from `start` on begin and how long they last, in seconds.
    fn time(&self, start: usize, beats: usize) -> (f64, f64) {
        let seconds = |beats: usize| (number(beats) * self.beat).min(self.duration);
        (rounded(seconds(start)), rounded(seconds(start + beats) - seconds(start)))
    }

    fn sections(&mut self, count: usize) -> Vec<Value> {
        (0..count)
            .map(|section| {
                let (start, duration) = self.time(section * SECTION, SECTION);
                let (features, loudness) = (self.features, self.near(self.features.loudness, 2.0));
                json!({
                    "start": start, "duration": duration, "confidence": self.confidence(), "loudness": loudness,
                    "tempo": features.tempo, "tempo_confidence": self.confidence(),
                    "key": features.key, "key_confidence": self.confidence(),
                    "mode": features.mode, "mode_confidence": self.confidence(),
                    "time_signature": features.time_signature, "time_signature_confidence": self.confidence(),
                })
            })
            .collect()
    }

    fn segments(&mut self, count: usize) -> Vec<Value> {
        (0..count)
            .map(|segment| {
                let (start, duration) = self.time(segment, 1);
                let pitches: Vec<f64> = (0..12).map(|_| self.confidence()).collect();
                let timbre: Vec<f64> = (0..12).map(|_| self.near(0.0, 40.0)).collect();
                let loudness = self.features.loudness;
                json!({
                    "start": start, "duration": duration, "confidence": self.confidence(),
                    "loudness_start": self.near(loudness - 8.0, 3.0), "loudness_max": self.near(loudness, 3.0),
                    "loudness_max_time": rounded(duration / 3.0), "loudness_end": 0.0,
                    "pitches": pitches, "timbre": timbre,
                })
            })
            .collect()
    }

    fn confidence(&mut self) -> f64 {
        rounded(self.random.unit())
    }

    fn near(&mut self, mean: f64, deviation: f64) -> f64 {
        rounded(mean + deviation * self.random.normal())
    }
}

/// Three decimals.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// A count of beats; no track has more than 65,535.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
