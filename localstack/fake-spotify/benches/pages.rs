//! How fast search pages are answered, with one thread serving:
//! `cargo bench -p fake-spotify -- [ARTISTS] [SEED]`.
//!
//! Measured three ways: in process (search and choice of rows only), over HTTP with keep-alive by the clock,
//! and over HTTP by the processor time of the serving thread, which does not depend on what else the machine
//! does.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_spotify::random::Random;
use fake_spotify::search::Manner;
use fake_spotify::{Artists, Config, FakeSpotify, Searcher};
use tokio::sync::oneshot;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Where the server listens, and what to ask it.
type Started = (String, Vec<(String, usize)>);

const CLIENTS: usize = 4;
const TIME: Duration = Duration::from_secs(5);

fn main() -> Outcome {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let count = usize::try_from(numbers.next().unwrap_or(1_000_000))?;
    let seed = numbers.next().unwrap_or(1);
    in_process(count, seed)?;
    over_http(count, seed)
}

/// Questions as a collector asks them: prefixes of names, a fifth of them two words, pages anywhere in the
/// window.
fn questions(searcher: &Searcher, count: usize) -> Vec<(String, usize)> {
    let mut random = Random::new(99);
    let index = searcher.index();
    let prefix = |random: &mut Random| -> String {
        let word = index.word(u32::try_from(random.below(index.word_count() as usize)).unwrap_or(0));
        word.chars().take(1 + random.below(4)).collect()
    };
    let query = |random: &mut Random| {
        let first = prefix(random);
        if random.chance(0.2) { format!("{first} {}", prefix(random)) } else { first }
    };
    (0..count).map(|_| (query(&mut random), 50 * random.below(20))).collect()
}

fn in_process(count: usize, seed: u64) -> Outcome {
    let start = Instant::now();
    let catalogue = Arc::new(fake_spotify::generate::generate(count, seed)?);
    println!("{count} artists: generated in {:.1?}", start.elapsed());
    let start = Instant::now();
    let searcher = Searcher::new(catalogue);
    println!("indexed in {:.1?}", start.elapsed());
    let questions = questions(&searcher, 20_000);
    let start = Instant::now();
    let mut rows = 0;
    for (query, offset) in &questions {
        rows += searcher.slice(query, Manner::default(), *offset..offset + 50)?.ranks.len();
    }
    let rate = per_second(questions.len() as u64, start.elapsed());
    println!("in process, every question new: {rate:.0} pages/s ({rows} rows)");
    Ok(())
}

fn over_http(count: usize, seed: u64) -> Outcome {
    let (told, started) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = std::thread::spawn(move || serve(count, seed, &told, stopped));
    let (url, questions) = started.recv()?;
    let token = token(&url)?;
    let bytes = AtomicU64::new(0);
    let end = Instant::now() + TIME;
    std::thread::scope(|scope| -> Outcome {
        let asking: Vec<_> = (0..CLIENTS)
            .map(|number| {
                scope.spawn({
                    let (url, token, questions, bytes) = (&url, &token, &questions, &bytes);
                    move || ask(url, token, &questions[number * questions.len() / CLIENTS..], end, bytes)
                })
            })
            .collect();
        asking.into_iter().try_for_each(|asking| asking.join().map_err(|_| "a client panicked")?)
    })?;
    println!("answers: {} MB", bytes.into_inner() / 1_000_000);
    stop.send(()).map_err(|()| "the server is gone")?;
    server.join().map_err(|_| "the server panicked")?
}

/// Serves on this thread alone, as on one core, until it is asked to stop; then prints what that took.
fn serve(count: usize, seed: u64, told: &mpsc::Sender<Started>, stopped: oneshot::Receiver<()>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let artists = Artists::Generated { count, seed };
        let spotify = FakeSpotify::start(Config { artists, ..Config::default() }).await?;
        let few = fake_spotify::generate::generate(count.min(50_000), seed)?;
        told.send((spotify.base_url(), questions(&Searcher::new(Arc::new(few)), 20_000)))?;
        let (before, start) = (processor_time()?, Instant::now());
        stopped.await?;
        let (busy, clock) = (processor_time()?.saturating_sub(before), start.elapsed());
        let stats = spotify.stats();
        println!(
            "over HTTP: {:.0} pages/s by the clock, {:.0} pages per second of the serving thread ({} pages)",
            per_second(stats.requests, clock),
            per_second(stats.requests, busy),
            stats.requests,
        );
        println!("resident at most: {} MiB (catalogue, index, server and the benchmark itself)", peak_mib()?);
        spotify.stop().await;
        Ok(())
    })
}

/// Asks one question after the other on one connection until `end`.
fn ask(url: &str, token: &str, questions: &[(String, usize)], end: Instant, bytes: &AtomicU64) -> Outcome {
    let host = url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(host)?;
    connection.set_nodelay(true)?;
    let mut buffer = vec![0; 1 << 17];
    for (query, offset) in questions.iter().cycle() {
        if Instant::now() > end {
            break;
        }
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let path = format!("/v1/search?q={query}&type=artist&limit=50&offset={offset}");
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n");
        connection.write_all(request.as_bytes())?;
        let (_, length) = read_answer(&mut connection, &mut buffer)?;
        bytes.fetch_add(length as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// Reads one answer; returns where its body begins and how long all of it is.
fn read_answer(connection: &mut TcpStream, buffer: &mut [u8]) -> Outcome<(usize, usize)> {
    let mut filled = 0;
    loop {
        filled += connection.read(&mut buffer[filled..])?;
        let head = buffer[..filled].windows(4).position(|end| end == b"\r\n\r\n");
        let Some(head) = head.map(|place| place + 4) else { continue };
        let text = std::str::from_utf8(&buffer[..head])?;
        if !text.starts_with("HTTP/1.1 200") {
            return Err(text.to_owned().into());
        }
        let length = text.split_once("content-length: ").and_then(|(_, rest)| rest.split("\r\n").next());
        let end = head + length.ok_or("no length")?.parse::<usize>()?;
        while filled < end {
            filled += connection.read(&mut buffer[filled..])?;
        }
        return Ok((head, end));
    }
}

fn token(url: &str) -> Outcome<String> {
    let host = url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(host)?;
    let basic = STANDARD.encode("local-app:local-secret");
    let body = "grant_type=client_credentials";
    write!(
        connection,
        "POST /api/token HTTP/1.1\r\nhost: {host}\r\nauthorization: Basic {basic}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut buffer = vec![0; 1 << 12];
    let (head, end) = read_answer(&mut connection, &mut buffer)?;
    let answer: serde_json::Value = serde_json::from_slice(&buffer[head..end])?;
    Ok(answer["access_token"].as_str().ok_or("no token")?.to_owned())
}

/// Processor time that this thread has used.
fn processor_time() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(text.split(' ').next().ok_or("no time")?.parse()?))
}

/// The most memory that this process has had, in MiB.
fn peak_mib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak")?;
    Ok(line.split_whitespace().next().ok_or("no number")?.parse::<u64>()? / 1_024)
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
