use super::*;

fn ruleset(project: &str) -> Arc<Ruleset> {
    Arc::new(Ruleset::empty(project, "e"))
}

fn project(current: &Current) -> Option<String> {
    current.with(|ruleset| ruleset.map(|ruleset| ruleset.project().to_owned()))
}

#[test]
fn every_thread_has_the_new_one_once_it_is_there() {
    let current = Current::empty();
    assert_eq!(project(&current), None);
    let (ask, asked) = std::sync::mpsc::channel::<()>();
    let (answer, answers) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let seen = &current;
        scope.spawn(move || {
            for () in asked {
                answer.send(project(seen)).unwrap();
            }
        });
        for name in ["a", "b", "c"] {
            current.replace(ruleset(name));
            for _ in 0..3 {
                ask.send(()).unwrap();
                assert_eq!(answers.recv().unwrap().as_deref(), Some(name));
                assert_eq!(project(&current).as_deref(), Some(name));
            }
        }
        drop(ask);
    });
}

#[test]
fn an_evaluation_within_another_has_the_new_one_and_the_outer_its_own() {
    let (current, other) = (Current::empty(), Current::empty());
    current.replace(ruleset("old"));
    other.replace(ruleset("other"));
    current.with(|outer| {
        current.replace(ruleset("new"));
        assert_eq!(project(&current).as_deref(), Some("new"));
        assert_eq!(project(&other).as_deref(), Some("other"));
        assert_eq!(outer.unwrap().project(), "old");
    });
    assert_eq!(project(&current).as_deref(), Some("new"));
}

#[test]
fn a_thread_lets_go_of_the_old_one_at_its_next_evaluation() {
    let current = Current::empty();
    let old = ruleset("old");
    current.replace(Arc::clone(&old));
    assert_eq!(project(&current).as_deref(), Some("old"));
    drop(current.replace(ruleset("new")));
    assert_eq!(Arc::strong_count(&old), 2);
    assert_eq!(project(&current).as_deref(), Some("new"));
    assert_eq!(Arc::strong_count(&old), 1);
}
