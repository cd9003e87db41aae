use super::*;

fn change(from: u64, to: u64, flags: &[&str]) -> Change {
    Change {
        from: Some(from),
        to,
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
    }
}

#[tokio::test]
async fn changes_that_nobody_took_yet_are_merged() {
    let subscribers = Subscribers::default();
    let mut changes = subscribers.subscribe();
    subscribers.publish(&change(1, 2, &["a"]));
    subscribers.publish(&change(2, 4, &["b", "a"]));
    assert_eq!(changes.next().await, Some(change(1, 4, &["a", "b"])));
    subscribers.publish(&change(4, 5, &["c"]));
    assert_eq!(changes.next().await, Some(change(4, 5, &["c"])));
}

#[tokio::test]
async fn each_subscriber_gets_all_from_its_subscription_on() {
    let subscribers = Subscribers::default();
    let mut early = subscribers.subscribe();
    subscribers.publish(&change(1, 2, &["a"]));
    let mut late = subscribers.subscribe();
    subscribers.publish(&change(2, 3, &["b"]));
    assert_eq!(early.next().await, Some(change(1, 3, &["a", "b"])));
    assert_eq!(late.next().await, Some(change(2, 3, &["b"])));
}

#[tokio::test]
async fn a_receiver_that_waits_is_woken() {
    let subscribers = Subscribers::default();
    let mut changes = subscribers.subscribe();
    let (taken, ()) = tokio::join!(changes.next(), async {
        tokio::task::yield_now().await;
        subscribers.publish(&change(1, 2, &["a"]));
    });
    assert_eq!(taken, Some(change(1, 2, &["a"])));
}

#[tokio::test]
async fn after_the_end_what_is_left_is_taken_and_then_nothing() {
    let subscribers = Subscribers::default();
    let mut changes = subscribers.subscribe();
    subscribers.publish(&change(1, 2, &["a"]));
    subscribers.close();
    assert_eq!(changes.next().await, Some(change(1, 2, &["a"])));
    assert_eq!(changes.next().await, None);
    assert_eq!(subscribers.subscribe().next().await, None);
}

#[test]
fn a_subscriber_that_is_gone_is_forgotten() {
    let subscribers = Subscribers::default();
    drop(subscribers.subscribe());
    subscribers.publish(&change(1, 2, &["a"]));
    assert_eq!(subscribers.list().mailboxes.len(), 0);
}
