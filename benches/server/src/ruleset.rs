//! The ruleset of 1000 flags, as SDKs that poll get it: processor time of the server.

use anyhow::{Context as _, Result};

use crate::{
    Options,
    child::Process,
    load::{Question, compare},
    report::Row,
    site::{Site, block_on},
    wire::{Connection, request},
};

const RULESET: &str = "/sdk/v1/ruleset";
const CONNECTIONS: usize = 16;

pub fn measure(options: &Options) -> Result<Vec<Row>> {
    let floor = Process::floor()?;
    let site = Site::new(options, 1000)?;
    let fetch = |headers: &[(&str, &str)]| {
        let request = site.request("GET", RULESET, headers);
        block_on(async {
            Connection::open(site.process.address)
                .await?
                .fetch(&request)
                .await
        })
    };
    let plain = fetch(&[])?;
    let tag = plain.header("etag").context("no etag")?.to_owned();
    let gzip = fetch(&[("accept-encoding", "gzip")])?;
    let cases = [
        (
            "ruleset, 304",
            ("if-none-match", &*tag),
            304,
            "/unchanged".to_owned(),
            20.0,
        ),
        (
            "ruleset, full",
            ("accept", "*/*"),
            200,
            format!("/bytes/{}", plain.body.len()),
            350.0,
        ),
        (
            "ruleset, gzip",
            ("accept-encoding", "gzip"),
            200,
            format!("/bytes/{}", gzip.body.len()),
            40.0,
        ),
    ];
    let mut rows = Vec::new();
    for (name, header, status, path, most) in cases {
        let own = Question {
            request: site.request("GET", RULESET, &[header]),
            status,
        };
        let bare = Question {
            request: request("GET", &path, &[], ""),
            status,
        };
        let [floor, own] = compare(
            [(&floor, &bare), (&site.process, &own)],
            options.pressure(CONNECTIONS),
        )?;
        rows.push(
            Row::at_most(format!("{name}: CPU"), own.cpu, "µs", most).beside("bytes", floor.cpu),
        );
        rows.push(Row::info(name, own.per_second, "/s").beside("bytes", floor.per_second));
    }
    Ok(rows)
}
