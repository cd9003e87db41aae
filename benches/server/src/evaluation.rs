//! OFREP: one flag, and all flags of a user.

use std::time::Duration;

use anyhow::Result;

use crate::{
    Options,
    child::Process,
    load::{Load, Pressure, Question, compare},
    report::Row,
    site::{Site, block_on, key},
    wire::{Connection, request},
};

const BULK: &str = "/ofrep/v1/evaluate/flags";
/// The fastest peer with all of 1000 flags, as it was measured on two such cores.
const FASTEST_PEER: f64 = 662.0;

pub fn measure(options: &Options) -> Result<Vec<Row>> {
    let floor = Process::floor()?;
    let mut rows = Vec::new();
    for flags in [1, 100, 1000] {
        let site = Site::new(options, flags)?;
        if flags == 1000 {
            rows.extend(single(options, &site, &floor)?);
        }
        rows.extend(bulk(options, &site, &floor, flags)?);
    }
    Ok(rows)
}

fn single(options: &Options, site: &Site, floor: &Process) -> Result<Vec<Row>> {
    let path = format!("{BULK}/{}", key(1));
    let own = Question {
        request: site.request("POST", &path, &[]),
        status: 200,
    };
    let bare = Question {
        request: site.request("POST", "/json", &[]),
        status: 200,
    };
    let mut rows = Vec::new();
    for connections in [1, 64, 256] {
        let pressure = options.pressure(connections);
        let [floor, own] = compare([(floor, &bare), (&site.process, &own)], pressure)?;
        let name = format!("OFREP single, {connections} connections");
        let against = (0.75, "bare JSON", floor.per_second);
        rows.push(match connections {
            64 => Row::at_least_times(&name, own.per_second, "/s", against),
            _ => Row::info(&name, own.per_second, "/s").beside(against.1, against.2),
        });
        // The client has a share in requests per second, the same for both; not in this.
        rows.push(cpu(&name, &own, "bare JSON", &floor));
        rows.push(Row::info(format!("{name}: p99"), own.p99, "ms").beside("bare JSON", floor.p99));
    }
    Ok(rows)
}

fn bulk(options: &Options, site: &Site, floor: &Process, flags: usize) -> Result<Vec<Row>> {
    let own = Question {
        request: site.request("POST", BULK, &[]),
        status: 200,
    };
    let length = block_on(async {
        let mut connection = Connection::open(site.process.address).await?;
        Ok(connection.fetch(&own.request).await?.body.len())
    })?;
    let bare = Question {
        request: request("POST", &format!("/bytes/{length}"), &[], "{}"),
        status: 200,
    };
    let [floor, own] = compare(
        [(floor, &bare), (&site.process, &own)],
        options.pressure(64),
    )?;
    let name = format!("OFREP bulk, {flags} flags, {} kB", length / 1000);
    let mut rows = vec![
        Row::info(&name, own.per_second, "/s").beside("bytes", floor.per_second),
        cpu(&name, &own, "bytes", &floor),
    ];
    if flags == 1000 {
        let against = (8.0, "fastest peer", FASTEST_PEER);
        rows.push(Row::at_least_times(
            format!("{name}: rate"),
            own.per_second,
            "/s",
            against,
        ));
        rows.push(
            Row::at_most(format!("{name}: p99"), own.p99, "ms", 15.0).beside("bytes", floor.p99),
        );
    }
    Ok(rows)
}

fn cpu(name: &str, own: &Load, other: &str, floor: &Load) -> Row {
    Row::info(format!("{name}: CPU"), own.cpu, "µs").beside(other, floor.cpu)
}

impl Options {
    /// The load of this run with so many connections.
    pub fn pressure(&self, connections: usize) -> Pressure {
        Pressure {
            connections,
            time: Duration::from_secs_f64(self.seconds),
            rounds: self.rounds,
        }
    }
}
