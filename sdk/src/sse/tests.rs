use proptest::prelude::*;

use super::*;

fn event(name: &str, data: &str) -> Frame {
    Frame::Event(Event {
        name: name.to_owned(),
        data: data.to_owned(),
    })
}

fn parse(stream: &[u8], limit: usize) -> (Vec<Frame>, Result<(), FrameError>) {
    let mut frames = Vec::new();
    let result = Parser::new(limit).feed(stream, &mut frames);
    (frames, result)
}

#[track_caller]
fn check(stream: &[u8], expected: &[Frame]) {
    assert_eq!(parse(stream, 1024), (expected.to_vec(), Ok(())));
}

#[test]
fn an_event_ends_at_a_blank_line() {
    check(b"event: put\nid: 7\ndata: {}\n\n", &[event("put", "{}")]);
    check(b"event: put\ndata: {}\n", &[]);
}

#[test]
fn all_three_line_ends_are_read() {
    for end in ["\n", "\r\n", "\r"] {
        let stream = format!("event: put{end}data: 1{end}{end}: beat{end}data: 2{end}{end}");
        check(
            stream.as_bytes(),
            &[event("put", "1"), Frame::Comment, event("message", "2")],
        );
    }
}

#[test]
fn data_lines_are_joined_and_one_space_is_taken_off() {
    check(
        b"data:a\ndata:  b\ndata\ndata: c\n\n",
        &[event("message", "a\n b\n\nc")],
    );
}

#[test]
fn an_event_without_data_and_unknown_fields_say_nothing() {
    check(
        b"event: put\n\nretry: x\nretry\nnonsense\ndata: 1\n\n",
        &[event("message", "1")],
    );
}

#[test]
fn a_time_to_stay_away_stands_by_itself() {
    check(
        b"retry: 250\ndata: 1\n\n",
        &[Frame::Retry(250), event("message", "1")],
    );
}

#[test]
fn a_byte_order_mark_is_taken_off_the_first_line_only() {
    check(b"\xef\xbb\xbfdata: 1\n\n", &[event("message", "1")]);
    check(b":\n\xef\xbb\xbfdata: 1\n\n", &[Frame::Comment]);
}

#[test]
fn what_is_no_utf8_is_refused() {
    let (frames, result) = parse(b"data: 1\n\ndata: \xff\n\n", 1024);
    assert_eq!(frames, [event("message", "1")]);
    assert_eq!(result, Err(FrameError::NotUtf8));
}

#[test]
fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
    let stream = format!("data:{}\n\n", "x".repeat(59));
    assert_eq!(parse(stream.as_bytes(), 64).1, Ok(()));
    assert_eq!(
        parse(stream.as_bytes(), 63).1,
        Err(FrameError::TooLarge { limit: 63 })
    );
}

#[test]
fn many_short_lines_of_one_event_are_bounded_too() {
    let (_, result) = parse("data: 0123456789\n".repeat(20).as_bytes(), 64);
    assert_eq!(result, Err(FrameError::TooLarge { limit: 64 }));
}

/// A line of any kind, an end of any kind: streams that are mostly meaningful.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => "(event|data|id|retry|other): ?[a-zé:\"{} ]{0,8}".prop_map(String::into_bytes),
        2 => Just(Vec::new()),
        1 => ":[a-z]{0,4}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..12),
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    proptest::collection::vec((line, end), 0..24).prop_map(|lines| {
        let mut stream = Vec::new();
        for (line, end) in lines {
            stream.extend(line);
            stream.extend(end.bytes());
        }
        stream
    })
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_frames(
        stream in streams(),
        sizes in proptest::collection::vec(1_usize..7, 1..40),
        limit in prop_oneof![Just(32_usize), Just(1024)],
    ) {
        let whole = parse(&stream, limit);

        let mut parser = Parser::new(limit);
        let mut frames = Vec::new();
        let mut result = Ok(());
        let mut rest = stream.as_slice();
        for size in sizes.iter().cycle() {
            if rest.is_empty() || result.is_err() {
                break;
            }
            let (piece, later) = rest.split_at(rest.len().min(*size));
            result = parser.feed(piece, &mut frames);
            rest = later;
        }
        prop_assert_eq!((frames, result), whole);
    }

    #[test]
    fn no_bytes_make_it_panic(stream in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&stream, 64);
    }
}
