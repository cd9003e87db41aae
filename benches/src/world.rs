//! The flags that every engine is given, in words of no engine.

/// A flag with the variations `on` and `off`, or four of them.
#[derive(Clone, Debug)]
pub struct Flag {
    pub key: String,
    /// The flag that has to be on.
    pub requires: Option<&'static str>,
    pub rules: Vec<Rule>,
    pub default: Serve,
}

/// Serves `on` where all tests hold.
#[derive(Clone, Debug)]
pub struct Rule {
    pub tests: Vec<Test>,
}

#[derive(Clone, Debug)]
pub enum Test {
    In(&'static str, Vec<String>),
    Prefix(&'static str, &'static str),
    Above(&'static str, i32),
    VersionAbove(&'static str, String),
    /// The segment `big`, which lists [`World::members`].
    Segment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serve {
    On,
    Off,
    /// A quarter of the units each.
    FourWays,
}

/// All flags of an environment.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub flags: Vec<Flag>,
    /// The keys in the segment `big`.
    pub members: Vec<String>,
}

/// The cases with one flag, by letter.
pub const SINGLE: [(&str, &str); 6] = [
    ("A", "flag-a"),
    ("B", "flag-b"),
    ("C", "flag-c"),
    ("D", "flag-d"),
    ("E", "flag-e"),
    ("F", "flag-f"),
];

impl Flag {
    fn new(key: impl Into<String>, rules: Vec<Rule>, default: Serve) -> Self {
        Self {
            key: key.into(),
            requires: None,
            rules,
            default,
        }
    }
}

impl World {
    /// The flags of the cases A to F.
    pub fn small() -> Self {
        let ten = (0..10).map(|number| Rule {
            tests: vec![
                // Holds in each rule, so that each rule's other test is looked at.
                Test::In("plan", vec!["pro".into(), "team".into()]),
                Test::In("country", countries(number)),
            ],
        });
        let three = vec![
            Test::VersionAbove("version", "2.4.0".into()),
            Test::Prefix("email", "alice"),
            Test::Above("age", 18),
        ];
        let mut needs = Flag::new("flag-f", Vec::new(), Serve::On);
        needs.requires = Some("flag-a");
        Self {
            flags: vec![
                Flag::new("flag-a", Vec::new(), Serve::On),
                Flag::new("flag-b", ten.collect(), Serve::Off),
                Flag::new("flag-c", Vec::new(), Serve::FourWays),
                Flag::new(
                    "flag-d",
                    vec![Rule {
                        tests: vec![Test::Segment],
                    }],
                    Serve::Off,
                ),
                Flag::new("flag-e", vec![Rule { tests: three }], Serve::Off),
                needs,
            ],
            members: (0..10_000).map(member).collect(),
        }
    }

    /// The same without the segment and those that need what not every engine has.
    pub fn plain() -> Self {
        let mut world = Self::small();
        world.members.clear();
        world
            .flags
            .retain(|flag| !matches!(&*flag.key, "flag-d" | "flag-f"));
        world
    }

    /// The flags of case G.
    pub fn thousand() -> Self {
        let flag = |number: usize| {
            let key = format!("flag-{number}");
            let version = Test::VersionAbove("version", format!("{}.4.0", number % 4));
            match number % 5 {
                0 => Flag::new(key, Vec::new(), Serve::On),
                1 => Flag::new(key, Vec::new(), Serve::FourWays),
                2 => Flag::new(key, two_rules(number), Serve::Off),
                3 => Flag::new(
                    key,
                    vec![Rule {
                        tests: vec![version],
                    }],
                    Serve::FourWays,
                ),
                _ => Flag::new(key, five_rules(number), Serve::Off),
            }
        };
        Self {
            flags: (0..1000).map(flag).collect(),
            members: Vec::new(),
        }
    }

    /// The ruleset of case H: 10 000 flags of five rules.
    pub fn large() -> Self {
        let flag = |number| {
            Flag::new(
                format!("flag-{number}"),
                five_rules(number),
                Serve::FourWays,
            )
        };
        Self {
            flags: (0..10_000).map(flag).collect(),
            members: Vec::new(),
        }
    }
}

fn member(number: usize) -> String {
    format!("3f2504e0-4f89-11d3-9a0c-{number:012}")
}

/// Only the last of ten is the person's.
fn countries(number: usize) -> Vec<String> {
    let last = if number == 9 {
        "DE".to_owned()
    } else {
        format!("X{number}")
    };
    vec![last, format!("Y{number}"), format!("Z{number}")]
}

fn two_rules(number: usize) -> Vec<Rule> {
    five_rules(number).into_iter().take(2).collect()
}

fn five_rules(number: usize) -> Vec<Rule> {
    let rule = |place: usize| Rule {
        tests: vec![
            Test::In(
                "country",
                vec![
                    format!("C{}", (number + place) % 200),
                    format!("D{}", (number * 7 + place) % 200),
                ],
            ),
            Test::VersionAbove("version", format!("{place}.{}.0", number % 30)),
        ],
    };
    (0..5).map(rule).collect()
}

/// Whom the flags are evaluated for: six attributes.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub key: &'static str,
    pub country: &'static str,
    pub plan: &'static str,
    pub email: &'static str,
    pub version: &'static str,
    pub age: i32,
}

impl Person {
    /// In the segment, and in the last rule of case B.
    pub const MEMBER: Self = Self {
        key: "3f2504e0-4f89-11d3-9a0c-000000005000",
        country: "DE",
        plan: "pro",
        email: "alice@example.com",
        version: "2.10.3",
        age: 42,
    };

    /// Not in the segment.
    pub const STRANGER: Self = Self {
        key: "3f2504e0-4f89-11d3-9a0c-0000000x5000",
        ..Self::MEMBER
    };
}
