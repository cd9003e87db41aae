//! Which addresses are public: where a server asks what somebody typed, private ones may be
//! somebody else's.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use tokio::net::lookup_host;

/// Why nothing is posted there.
pub(super) const NOT_PUBLIC: &str = "the address is not public";

/// Finds public addresses and no others. It is asked when the connection is made, so that a
/// name cannot become another address between a check and its use.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, NOT_PUBLIC).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an URL names an address that is not public outright: nobody looks that up.
pub(super) fn names_private(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>()
        .is_ok_and(|address| !is_public(address))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(embedded) => is_public_v4(embedded),
            None => is_public_v6(address),
        },
    }
}

/// Sources: the special-purpose registries of RFC 6890 with its updates.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        // Multicast and what is reserved.
        || a >= 224
        // Shared by carriers; protocol assignments; benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let first = address.segments()[0];
    let special = address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        // Unique local, link-local, site-local; documentation; what is thrown away; segment routing.
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        || first & 0xffc0 == 0xfec0
        || address.segments()[..2] == [0x2001, 0x0db8]
        || (first == 0x3fff && address.segments()[1] & 0xf000 == 0)
        || address.segments()[..4] == [0x100, 0, 0, 0]
        || first == 0x5f00
        // Translated within a network: what they stand for is not in them.
        || address.segments()[..3] == [0x64, 0xff9b, 1]
        // Protocol assignments: Teredo, benchmarks, hashes. What of them is public is no web server.
        || (first == 0x2001 && address.segments()[1] < 0x200);
    !special
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, translated or tunnelled.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => Some(v4(high, low)),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(v4(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        for private in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://10.1.2.3:8080/",
            "http://172.16.0.1/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:a00:1]/",
            "http://[fd00::1]/",
            "http://[fe80::1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[64:ff9b:1::7f00:1]/",
            "http://[2001:0:5ef5:79fd::1]/",
            "http://[100::1]/",
            "http://[3fff::1]/",
        ] {
            assert!(names_private(&Url::parse(private).unwrap()), "{private}");
        }
        for public in [
            "http://93.184.216.34/",
            "http://[2606:2800:220:1::1]/",
            "http://[64:ff9b::5db8:d822]/",
            "http://example.com/",
        ] {
            assert!(!names_private(&Url::parse(public).unwrap()), "{public}");
        }
    }

    #[test]
    fn ranges_end_where_the_registries_say() {
        for (text, public) in [
            ("2001:db7:ffff::", true),
            ("2001:db8::", false),
            ("2001:db8:ffff:ffff::", false),
            ("2001:db9::", true),
            ("3ff0::1", true),
            ("3ffe:ffff::", true),
            ("3fff::", false),
            ("3fff:fff:ffff:ffff::", false),
            ("3fff:1000::", true),
            ("4000::", true),
            ("2001::1", false),
            ("2001:0:ffff::", false),
            ("2001:1ff:ffff::", false),
            ("2001:200::", true),
            ("64:ff9b:1:ffff::", false),
            ("64:ff9b:2::", true),
            ("100::ffff:ffff:ffff:ffff", false),
            ("100:0:0:1::", true),
            ("5eff:ffff::", true),
            ("5f00:ffff::", false),
            ("5f01::", true),
            ("fbff:ffff::", true),
            ("fc00::", false),
            ("fdff:ffff::", false),
            ("fe00::", true),
            ("fe7f:ffff::", true),
            ("fe80::", false),
            ("febf:ffff::", false),
            ("fec0::", false),
            ("feff:ffff::", false),
            ("ff00::", false),
            ("100.63.255.255", true),
            ("100.64.0.0", false),
            ("100.127.255.255", false),
            ("100.128.0.0", true),
            ("198.17.255.255", true),
            ("198.18.0.0", false),
            ("198.19.255.255", false),
            ("198.20.0.0", true),
            ("172.15.255.255", true),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("223.255.255.255", true),
            ("224.0.0.0", false),
            ("255.255.255.255", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }

    #[tokio::test]
    async fn names_of_private_addresses_are_not_found() {
        let name = "localhost".parse().unwrap();
        let Err(error) = PublicOnly.resolve(name).await else {
            panic!("it was found");
        };
        assert_eq!(error.to_string(), NOT_PUBLIC);
    }
}
