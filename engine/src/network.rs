//! Networks in CIDR notation.

use std::net::IpAddr;

/// An IPv4 or IPv6 network. An IPv4-mapped address is IPv6, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    V4 { network: u32, mask: u32 },
    V6 { network: u128, mask: u128 },
}

impl Network {
    /// Reads `address/prefix`; host bits are masked. No bare address, netmask, zone, or
    /// leading zero in an octet or in the prefix.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || (prefix.len() > 1 && prefix.starts_with('0')) {
            return None;
        }
        let prefix: u32 = prefix.parse().ok()?;
        match address.parse().ok()? {
            IpAddr::V4(address) => {
                let host = 32_u32.checked_sub(prefix)?;
                let mask = u32::MAX.checked_shl(host).unwrap_or(0);
                let network = address.to_bits() & mask;
                Some(Self::V4 { network, mask })
            }
            IpAddr::V6(address) => {
                let host = 128_u32.checked_sub(prefix)?;
                let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                let network = address.to_bits() & mask;
                Some(Self::V6 { network, mask })
            }
        }
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (*self, address) {
            (Self::V4 { network, mask }, IpAddr::V4(address)) => {
                address.to_bits() & mask == network
            }
            (Self::V6 { network, mask }, IpAddr::V6(address)) => {
                address.to_bits() & mask == network
            }
            _ => false,
        }
    }
}
