use super::*;

fn none(_: &str) -> Option<String> {
    None
}

fn results(text: &str) -> Vec<Measured> {
    read(text, &none).expect("it is of a tool").results
}

fn fault(text: &str) -> String {
    match read(text, &none).expect_err("it has no results") {
        Unread::Foreign(fault) | Unread::Broken(fault) => fault,
    }
}

fn told(results: &[Measured]) -> Vec<String> {
    let line = |result: &Measured| {
        let unit = result.unit.as_ref().map_or("", Unit::symbol);
        let value = match &result.trouble {
            Some(trouble) => trouble.to_string(),
            None => format!("{} {unit}", result.median),
        };
        format!("{} {}: {value}", result.identity(), result.quantity)
    };
    results.iter().map(line).collect()
}

#[test]
fn files_are_known_by_what_stands_in_them() {
    let pytest = r#"{"machine_info": {}, "benchmarks": [{"name": "t", "fullname": "a.py::t",
        "stats": {"min": 0.1, "max": 0.3, "median": 0.2, "rounds": 5}, "extra_info": {"hit_rate": "82 %", "note": "v2 of 3", "n": 5}}]}"#;
    assert_eq!(told(&results(pytest)), ["a.py::t time: 0.2 s", "a.py::t hit_rate: 82 %", "a.py::t n: 5 "]);
    let hyperfine = r#"{"results": [{"command": "ls", "mean": 1, "median": 0.2, "min": 0.1, "times": [0.1, 0.3], "memory_usage_byte": [4096, 8192]}]}"#;
    assert_eq!(told(&results(hyperfine)), ["ls time: 0.2 s", "ls memory: 6144 bytes"]);
    let numbers = r#"{"categories": {"a": {"name": "A", "results": [{"name": "x", "value": 2, "unit": "ms"}]}}}"#;
    assert_eq!(told(&results(numbers)), ["x time: 2 ms"]);
    assert!(fault("{}").contains("of no tool"));
    assert!(fault(r#"{"benchmarks": [{"name": "t"}]}"#).contains("of no tool"));
}

#[test]
fn criterion_names_a_result_in_another_file() {
    let estimates = r#"{"mean": {"point_estimate": 9}, "median": {"confidence_interval": {}, "point_estimate": 7.5}}"#;
    let around = |name: &str| match name {
        "benchmark.json" => {
            Some(r#"{"group_id": "hash/sha2", "function_id": "f", "full_id": "hash/sha2/f"}"#.to_owned())
        }
        "sample.json" => Some(r#"{"iters": [1, 2], "times": [9, 10]}"#.to_owned()),
        _ => None,
    };
    let run = read(estimates, &around).expect("it is criterion's");
    assert_eq!((run.results[0].name.as_str(), run.results[0].min), ("hash/sha2/f", Some(5.0)));
    assert_eq!(run.results[0].group.as_deref(), Some("hash/sha2"));
    assert!(fault(estimates).contains("benchmark.json"));
}

#[test]
fn cargo_criterion_writes_a_message_a_line() {
    let text = r#"{"reason":"benchmark-complete","id":"hash/f","iteration_count":[1,2],"measured_values":[10.0,22.0],"unit":"ns","median":{"estimate":10.5,"unit":"ns"}}
{"reason":"group-complete","group_name":"hash","benchmarks":["hash/f"]}
"#;
    let found = results(text);
    assert_eq!((found[0].median, found[0].min, found[0].group.as_deref()), (10.5, Some(10.0), Some("hash")));
    let cut = &text[..text.len() - 9];
    assert!(fault(cut).contains("its line 2 ends in the middle"), "{}", fault(cut));
}

#[test]
fn google_benchmark_repeats_and_fails() {
    let run = |name: &str, more: &str| {
        format!(r#"{{"name": "{name}", "run_name": "{name}", "run_type": "iteration", {more}}}"#)
    };
    let timed = |name: &str, at: u32, time: &str| {
        run(name, &format!(r#""repetition_index": {at}, "real_time": {time}, "time_unit": "us""#))
    };
    let file = |runs: &[String]| format!(r#"{{"context": {{}}, "benchmarks": [{}]}}"#, runs.join(","));
    let failed = run("BM_b", r#""error_occurred": true, "error_message": "no file", "real_time": 0"#);
    let text = file(&[timed("BM_a", 0, "1.5"), timed("BM_a", 1, "2.5"), failed, timed("BM_c/8", 0, "4")]);
    assert_eq!(told(&results(&text)), ["BM_a time: 2 us", "BM_b time: failed: no file", "BM_c/8 time: 4 us"]);
    // Two benchmarks of one name are two results.
    assert_eq!(results(&file(&[timed("BM_a", 0, "1"), timed("BM_a", 0, "9")])).len(), 2);
    let aggregate = |name: &str| {
        format!(
            r#"{{"name": "BM_a_{name}", "run_name": "BM_a", "run_type": "aggregate", "aggregate_name": "{name}", "real_time": 3, "time_unit": "ns"}}"#
        )
    };
    assert_eq!(told(&results(&file(&[aggregate("mean"), aggregate("median")]))), ["BM_a time: 3 ns"]);
    assert!(results(&file(&[aggregate("mean")]))[0].trouble.is_some());
}

#[test]
fn pyperf_pools_the_values_of_all_runs() {
    let text = r#"{"version": "1.0", "metadata": {"unit": "second", "platform": "Linux-6.1-x86_64-with-glibc2.36",
        "python_implementation": "cpython", "python_version": "3.12.1 (64-bit)"}, "benchmarks": [
        {"metadata": {"name": "a"}, "runs": [{"warmups": [[1, 9]], "metadata": {"date": "2026-01-02 10:00:00"}}, {"values": [1, 3]}, {"values": [2]}]},
        {"metadata": {"name": "b", "unit": "byte"}, "runs": [{"values": [4096]}]}, {"metadata": {"name": "c"}, "runs": [{"metadata": {}}]}]}"#;
    let run = read(text, &none).expect("it is pyperf's");
    assert_eq!(told(&run.results), ["a time: 2 s", "b memory: 4096 bytes", "c time: has no values"]);
    let ran = run.ran.expect("the metadata say where");
    assert_eq!((ran.machine.id().as_str(), ran.date.as_str()), ("linux_x86_64_cpython_3_12", "2026-01-02"));
}

#[test]
fn asv_has_two_versions_and_two_ways_to_have_no_value() {
    let new = r#"{"commit_hash": "c", "result_columns": ["result", "params", "version", "started_at", "duration", "stats_ci_99_a",
        "stats_ci_99_b", "stats_q_25", "stats_q_75", "stats_number", "stats_repeat"], "results": {
        "b.time_sort": [[1.5, 2.5, NaN, null], [["1", "2"], ["'a'", "'b'"]], "v", 1796126640550, 1, null, null, [1, 2, null, null], [2, 3, null, null], [1, 1, 1, 1], [5, 5, 5, 5]],
        "b.mem_x": [[64], []], "b.track_y": [[3], []], "b.time_gone": [null, [["1", "2"]]]}, "version": 2}"#;
    let about = |name: &str| (name == "../benchmarks.json").then(|| r#"{"b.track_y": {"unit": "errors"}}"#.to_owned());
    let run = read(new, &about).expect("it is asv's");
    let told_new = told(&run.results);
    let expected = [
        "b.time_sort(1, 'a') time: 1.5 s",
        "b.time_sort(1, 'b') time: 2.5 s",
        "b.time_sort(2, 'a') time: was skipped",
        "b.time_sort(2, 'b') time: failed",
        "b.mem_x memory: 64 bytes",
        "b.track_y track: 3 errors",
        "b.time_gone time: failed",
    ];
    assert_eq!(told_new, expected);
    assert_eq!((run.results[0].spread, run.results[0].rounds), (Some(0.5), Some(5)));
    let old = r#"{"commit_hash": "c", "results": {"time_a": 0.5, "time_b": null, "time_c": {"params": [["1", "2"]], "result": [4, null]}}, "version": 1}"#;
    assert_eq!(
        told(&results(old)),
        ["time_a time: 0.5 s", "time_b time: failed", "time_c(1) time: 4 s", "time_c(2) time: failed"]
    );
    assert!(fault(r#"{"commit_hash": "c", "results": {"time_a": [[1, 2], []]}}"#).contains("2 values for 1 choice"));
}

#[test]
fn a_command_that_failed_is_named() {
    let result = |codes: &str| {
        format!(r#"{{"results": [{{"command": "make", "median": 0.2, "min": 0.1, "exit_codes": {codes}}}]}}"#)
    };
    let trouble = |codes: &str| results(&result(codes))[0].trouble.as_ref().map(ToString::to_string);
    assert_eq!(trouble("[0, 0]"), None);
    assert_eq!(trouble("[0, 2, 2]").as_deref(), Some("ended with exit code 2, 2 of 3 runs failed"));
    assert_eq!(trouble("[null]").as_deref(), Some("was ended by a signal, 1 of 1 run failed"));
}

#[test]
fn parameters_that_a_command_does_not_show_are_part_of_its_name() {
    let result = |command: &str, tag: &str| {
        format!(r#"{{"command": "{command}", "median": 0.2, "min": 0.1, "parameters": {{"tag": "{tag}"}}}}"#)
    };
    let file = |results: &[String]| format!(r#"{{"results": [{}]}}"#, results.join(","));
    let names = |text: &str| results(text).iter().map(|result| result.identity().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&file(&[result("make", "v1"), result("make", "v2")])), ["make (tag=v1)", "make (tag=v2)"]);
    assert_eq!(names(&file(&[result("sleep 1", "1")])), ["sleep 1"]);
    assert_eq!(
        names(&file(&[result("make 1", "1"), result("make 1", "make")])),
        ["make 1 (tag=1)", "make 1 (tag=make)"]
    );
}

#[test]
fn what_nobody_can_have_measured_is_named() {
    let result = |median: &str| format!(r#"{{"results": [{{"command": "make", "median": {median}, "min": 0.1}}]}}"#);
    for (median, told) in [("-5", "-5"), ("NaN", "NaN"), ("Infinity", "inf"), ("1e999", "inf")] {
        let said = format!("says that the median of `make` is {told}: the benchmark failed or did not run");
        assert_eq!(fault(&result(median)), said);
    }
    assert_eq!(fault(&result("null")), "is hyperfine's, but `make` has no number for `median`");
    let unnamed = r#"{"results": [{"command": "make", "median": 1, "min": 1}, {}]}"#;
    assert_eq!(fault(unnamed), "is hyperfine's, but its result 2 has no `command`");
    assert_eq!(fault(r#"{"results": []}"#), "has no results: hyperfine measured nothing");
    assert_eq!(fault("  "), "is empty");
}

#[test]
fn names_do_not_multiply_what_a_file_holds() {
    let long = "x".repeat(10_000);
    let keys: Vec<String> = (0..200).map(|n| format!(r#""{n}": 1"#)).collect();
    let text = format!(
        r#"{{"machine_info": {{}}, "benchmarks": [{{"name": "{long}", "fullname": "{long}", "stats": {{"min": 1, "median": 1}}, "extra_info": {{{}}}}}]}}"#,
        keys.join(",")
    );
    assert!(results(&text).iter().all(|result| result.name.len() < 600 && result.identity().len() < 600));
    let many = format!(r#"{{"commit_hash": "c", "results": {{"time_a": [[{}1], [["1"]]]}}}}"#, "1,".repeat(200_000));
    assert!(fault(&many).contains("200001 values for 1 choice"));
}
