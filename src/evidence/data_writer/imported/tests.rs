use super::*;

fn measured(name: &str, full: &str, median: f64, unit: &str) -> Measured {
    Measured {
        name: name.to_owned(),
        full: (!full.is_empty()).then(|| full.to_owned()),
        quantity: "time".to_owned(),
        unit: Some(Unit::new(unit)),
        median,
        ..Measured::default()
    }
}

/// Values by `benchmark.case`, in the unit of the results.
fn values(record: &Record) -> BTreeMap<String, String> {
    let cases = record.results.values().flatten().flat_map(|(id, results)| {
        let unit = results.unit.as_ref().map_or("", |unit| unit.symbol());
        let value = move |case: &Case| format!("{} {unit}", case.value);
        results.cases.iter().map(move |(case, found)| (format!("{id}.{case}"), value(found)))
    });
    cases.collect()
}

fn import(file: &mut Record, results: Vec<Measured>) -> Result<(), Vec<Refusal>> {
    let run = Run { results, tool: "a tool", ran: None };
    let Imported { record, .. } = imported(&run, "bench", "here", file)?;
    assert!(file.merge(record).is_empty());
    Ok(())
}

fn two_modules() -> Vec<Measured> {
    vec![measured("test_parse", "a.py::test_parse", 1.0, "s"), measured("test_parse", "b.py::test_parse", 9.0, "s")]
}

#[test]
fn the_order_of_results_changes_no_id() {
    let expected = [("bench.a_py_test_parse", "1 s"), ("bench.b_py_test_parse", "9 s")];
    let expected: BTreeMap<String, String> =
        expected.into_iter().map(|(id, value)| (id.to_owned(), value.to_owned())).collect();
    let mut file = Record::default();
    import(&mut file, two_modules()).expect("they can be told apart");
    assert_eq!(values(&file), expected);
    import(&mut file, two_modules().into_iter().rev().collect()).expect("they can be told apart");
    assert_eq!(values(&file), expected);
    import(&mut file, vec![two_modules().remove(1)]).expect("it is known");
    assert_eq!(values(&file), expected);
}

#[test]
fn a_part_takes_over_no_id() {
    let mut file = Record::default();
    import(&mut file, vec![two_modules().remove(0)]).expect("it is one");
    import(&mut file, vec![two_modules().remove(1)]).expect("it is another");
    assert_eq!(
        values(&file).into_iter().collect::<Vec<_>>(),
        [("bench.b_py_test_parse".to_owned(), "9 s".to_owned()), ("bench.test_parse".to_owned(), "1 s".to_owned())]
    );
}

#[test]
fn names_that_are_one_id_are_told_apart() {
    let names = ["t[a-b]", "t[a_b]", "t[a b]", "\u{2192}", "\u{2190}", "BM_A", "bm_a"];
    let results = |names: &[&str]| names.iter().map(|name| measured(name, "", name.len() as f64, "s")).collect();
    let (mut one, mut two) = (Record::default(), Record::default());
    import(&mut one, results(&names)).expect("they can be told apart");
    let mut names = names;
    names.reverse();
    import(&mut two, results(&names)).expect("they can be told apart");
    assert_eq!(values(&one), values(&two));
    assert_eq!(values(&one).len(), 7);
}

#[test]
fn the_cases_of_an_older_file_keep_their_ids() {
    let case = |value: f64, original: &str| Case {
        value,
        spread: None,
        runs: None,
        date: None,
        session: None,
        original: Some(original.to_owned()),
        code: None,
    };
    let seconds = || UnitText::Known("s".to_owned());
    let results = |cases: Vec<(&str, Case)>| Results {
        unit: Some(seconds()),
        date: Some("2026-01-01".to_owned()),
        session: None,
        cases: cases.into_iter().map(|(id, case)| (id.to_owned(), case)).collect(),
    };
    let benchmark =
        Benchmark { about: "by hand".to_owned(), unit: seconds(), cases: None, metadata: serde_json::Value::Null };
    let file = |cases| Record {
        benchmarks: BTreeMap::from([("bench".to_owned(), benchmark.clone())]),
        results: BTreeMap::from([("here".to_owned(), BTreeMap::from([("bench".to_owned(), results(cases))]))]),
        ..Record::default()
    };
    let mut old = file(vec![("test_a_short_2", case(1.0, "test_a[short]"))]);
    import(&mut old, vec![measured("test_a[short]", "m.py::test_a[short]", 2.0, "s")]).expect("it is known");
    assert_eq!(values(&old).into_iter().next(), Some(("bench.test_a_short_2".to_owned(), "2 s".to_owned())));
    assert_eq!(old.benchmarks["bench"].about, "by hand");
    // Nobody knows which of the two is which.
    let mut old = file(vec![("test_parse", case(1.0, "test_parse")), ("test_parse_2", case(9.0, "test_parse"))]);
    let refusals = import(&mut old, two_modules()).expect_err("they cannot be told apart");
    assert!(refusals[0].why.contains("`bench.test_parse`, `bench.test_parse_2`"), "{refusals:?}");
}

#[test]
fn one_benchmark_has_one_unit() {
    let peak = |name: &str, value: f64, unit: &str| Measured {
        quantity: "peak".to_owned(),
        ..measured(name, "", value, unit)
    };
    let mut file = Record::default();
    import(&mut file, vec![peak("small", 820.0, "KB"), peak("big", 3.0, "MB")]).expect("they convert");
    assert_eq!(values(&file)["bench_peak.big"], "3000 KB");
    import(&mut file, vec![peak("big", 4.0, "MB")]).expect("it converts");
    assert_eq!(
        (values(&file)["bench_peak.big"].as_str(), values(&file)["bench_peak.small"].as_str()),
        ("4000 KB", "820 KB")
    );
    let refusals = import(&mut file, vec![peak("big", 4.0, "s")]).expect_err("a time is no size");
    assert_eq!(refusals[0].why, "is in s, `bench_peak` of the data file in KB: they do not convert");
    let refusals = import(&mut Record::default(), vec![peak("a", 4.0, "s"), peak("b", 4.0, "KB")]);
    assert_eq!(refusals.expect_err("a time is no size")[0].why, "is in KB, `a` in s: they do not convert");
}

#[test]
fn groups_do_not_share_a_benchmark() {
    let of = |group: &str, name: &str| Measured { group: Some(group.to_owned()), ..measured(name, "", 1.0, "s") };
    let mut file = Record::default();
    import(&mut file, vec![of("hash/sha2", "hash/sha2/f"), of("hash/md5", "hash/md5/f")]).expect("they are two");
    assert_eq!(values(&file).into_keys().collect::<Vec<_>>(), ["hash_md5.hash_md5_f", "hash_sha2.hash_sha2_f"]);
    let refusals = import(&mut Record::default(), vec![of("a b", "x"), of("a-b", "y")]).expect_err("both are `a_b`");
    assert!(refusals[0].why.contains("the time of `a b` and the time of `a-b` are both `a_b`"), "{refusals:?}");
}
