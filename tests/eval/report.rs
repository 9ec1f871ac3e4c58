//! What a run leaves to read.

mod data;

use std::collections::{BTreeMap, BTreeSet};

use benchside::eval::judgement::{Judgement, Verdict};
use benchside::eval::record::{Class, RolloutRecord};
use benchside::eval::report::timing::{Clock, percentile};
use benchside::eval::report::{Report, files, html, junit, summary, terminal};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use roxmltree::Document;
use serde_json::Value;

use crate::support::cli::{fresh, ok};
use crate::support::python::{lerobot_python, python, script};
use data::{HOSTILE, Run, TASKS, run};

fn file(report: &Report, name: &str) -> Vec<u8> {
    let all = files(report).into_iter();
    let mut named = all.filter(|(path, _)| path == name);
    named.next().expect("a file of that name").1
}

fn json(report: &Report, name: &str) -> Value {
    serde_json::from_slice(&file(report, name)).expect("JSON")
}

/// The run without anything in it.
fn empty() -> Run {
    let mut run = run(1, false);
    run.rollouts.clear();
    run.timings.clear();
    run.judgement = Judgement {
        verdict: Verdict::CouldNotRun,
        headline: "The policy's server refused every connection.".into(),
        gates: Vec::new(),
        arms: Vec::new(),
        comparisons: Vec::new(),
    };
    run
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    // The example of Wikipedia's article on percentiles, nearest-rank method.
    let list = [15.0, 20.0, 35.0, 40.0, 50.0];
    let at = |share| percentile(&list, share).unwrap();
    assert_eq!(
        [0.05, 0.3, 0.4, 0.5, 1.0].map(at),
        [15.0, 20.0, 20.0, 35.0, 50.0]
    );
    assert_eq!(percentile(&[], 0.5), None);
}

#[test]
fn clocks_add_up() {
    let run = run(2, false);
    let clock = Clock::of(run.rollouts.iter().zip(&run.timings));
    let calls: usize = run.timings.iter().map(|t| t.latency_ms.len()).sum();
    assert_eq!(clock.latency_ms.len(), calls);
    let [median, p95, p99, most] = clock.latencies().unwrap();
    assert!(median < p95 && p95 < p99 && p99 < most);
    let sum = clock.physics_secs + clock.render_secs + clock.policy_secs + clock.harness_secs();
    assert!((sum - clock.wall_secs).abs() < 1e-9 * sum);
}

/// Attributes and children that Jenkins' schema (xUnit plugin, junit-10.xsd) knows.
fn check_junit(xml: &str) {
    let document = Document::parse(xml).unwrap_or_else(|e| panic!("{e}\n{xml}"));
    for node in document.descendants().filter(|n| n.is_element()) {
        let (attributes, children): (&[&str], &[&str]) = match node.tag_name().name() {
            "testsuites" => (
                &["name", "time", "tests", "failures", "errors"],
                &["testsuite"],
            ),
            "testsuite" => (
                &["name", "time", "tests", "failures", "errors", "skipped"],
                &["properties", "testcase", "system-out"],
            ),
            "properties" => (&[], &["property"]),
            "property" => (&["name", "value"], &[]),
            "testcase" => (
                &["name", "classname", "time"],
                &["failure", "error", "system-out"],
            ),
            "failure" | "error" => (&["type", "message"], &[]),
            "system-out" => (&[], &[]),
            other => panic!("{other} is no element of JUnit"),
        };
        let found: BTreeSet<&str> = node.attributes().map(|a| a.name()).collect();
        assert_eq!(found, attributes.iter().copied().collect(), "{node:?}");
        for child in node.children().filter(|c| c.is_element()) {
            assert!(children.contains(&child.tag_name().name()), "{child:?}");
        }
    }
    for suite in document.descendants().filter(|n| n.has_attribute("tests")) {
        let count = |name| suite.descendants().filter(|n| n.has_tag_name(name)).count();
        for (attribute, name) in [
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
        ] {
            let said = suite.attribute(attribute).unwrap();
            assert_eq!(said, count(name).to_string());
        }
    }
}

#[test]
fn junit_has_one_case_a_gate_and_keeps_jenkins_rules() {
    let run = run(3, false);
    let xml = junit::xml(&run.report());
    check_junit(&xml);
    let document = Document::parse(&xml).unwrap();
    let cases = document
        .descendants()
        .filter(|n| n.has_tag_name("testcase"));
    let found: Vec<(&str, &str, Option<&str>)> = cases
        .map(|c| {
            let inner = c.first_element_child().unwrap();
            let name = inner.tag_name().name();
            (c.attribute("name").unwrap(), name, inner.attribute("type"))
        })
        .collect();
    let gates = &run.judgement.gates;
    let expected = gates.iter().map(|g| {
        let (element, kind) = match g.verdict {
            Verdict::Pass => ("system-out", None),
            Verdict::Fail => ("failure", Some("failed")),
            Verdict::NotEnoughEvidence => ("failure", Some("not_enough_evidence")),
            Verdict::CouldNotRun => ("error", Some("could_not_run")),
        };
        (g.name.as_str(), element, kind)
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    let failure = document.descendants().find(|n| n.has_tag_name("failure"));
    let text = failure.unwrap().text().unwrap();
    // GitLab shows the text only.
    assert!(text.contains(&gates[0].question) && text.contains(&gates[0].answer));
}

#[test]
fn junit_of_a_run_without_gates_is_red() {
    let xml = junit::xml(&empty().report());
    check_junit(&xml);
    assert!(xml.contains("errors=\"1\"") && xml.contains("refused every connection"));
    let mut passed = run(2, false);
    passed.judgement.gates.clear();
    passed.judgement.verdict = Verdict::Pass;
    check_junit(&junit::xml(&passed.report()));
}

#[test]
fn foreign_text_stays_text_everywhere() {
    let run = run(2, true);
    let report = run.report();
    let xml = junit::xml(&report);
    check_junit(&xml);
    assert!(Document::parse(&xml).unwrap().descendants().any(|n| {
        let text = n.text().unwrap_or_default();
        text.contains("<script>alert('x')</script> & \"]]>\"")
    }));
    let page = html::page(&report);
    assert!(
        page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;]]&gt;&quot;")
    );
    assert_eq!(page.matches("<script").count(), 1, "our own");
    let summary = summary::page(&report);
    assert!(summary.contains("&lt;script&gt;alert('x')&lt;/script&gt; &amp;"));
    assert!(summary.contains(r"\| \`id\`"));
    let terminal = terminal::text(&report);
    for text in [&xml, &page, &summary, &terminal] {
        let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!text.contains(bad), "a control character");
    }
    assert!(!summary.contains("<script") && !xml.contains("<script"));
    // Machines get what was said, to the character.
    let line = file(&report, "rollouts.jsonl");
    let first = line.split(|&b| b == b'\n').next().unwrap();
    let rollout: RolloutRecord = serde_json::from_slice(first).unwrap();
    assert_eq!(rollout.instruction, HOSTILE);
}

#[test]
fn the_page_is_whole_and_asks_nothing_of_the_network() {
    let run = run(3, false);
    let page = html::page(&run.report());
    for address in ["http:", "https:", "//cdn", "@import", "url(h"] {
        assert!(!page.contains(address), "{address}");
    }
    // Well-formed enough that every section, table and article is closed.
    for tag in [
        "section", "table", "article", "details", "svg", "div", "bdi", "p", "tr", "td",
    ] {
        let open =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    for id in [
        "gates",
        "success",
        "baseline",
        "failures",
        "metrics",
        "timing",
        "environment",
    ] {
        assert!(page.contains(&format!("<a href=\"#{id}\">")), "{id}");
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    let failed = run.rollouts.iter().filter(|r| !r.is_success());
    let failed: Vec<&RolloutRecord> = failed.collect();
    assert!(failed.len() < 200 && failed.len() > 20);
    assert_eq!(page.matches("<video ").count(), failed.len());
    for rollout in failed {
        let command = rollout.reproduce.replace('\'', "&#39;");
        assert!(page.contains(&format!("<code>{command}</code>")));
    }
    // Ö is C3 96, ß is C3 9F … in UTF-8.
    assert!(page.contains("src=\"videos/gr%C3%B6%C3%9Fe_pr%C3%BCfen_%E8%AF%95%E7%AE%A1/"));
    assert!(page.contains("no evidence"), "sort_cassettes under latency");
    let bare = empty();
    let page = html::page(&bare.report());
    assert!(page.contains("<h1>Could not run</h1>") && !page.contains("id=\"success\""));
}

#[test]
fn posters_lie_beside_their_videos() {
    let run = run(1, false);
    let page = html::page(&run.report());
    let mut videos = run.rollouts.iter().filter_map(|r| r.video.as_deref());
    let plain = videos.rfind(|v| v.is_ascii()).unwrap();
    let poster = plain.replace(".mp4", ".jpg");
    assert!(page.contains(&format!("poster=\"{poster}\" src=\"{plain}\"")));
}

#[test]
fn ten_thousand_rollouts_stay_small() {
    let mut run = run(76, false);
    for rollout in &mut run.rollouts {
        if rollout.id.seed % 2 == 0 {
            rollout.class = Class::PolicyServer;
            rollout.reason = "Traceback | `x`\n".repeat(5000);
        }
    }
    assert!(run.rollouts.len() > 10_000);
    let report = run.report();
    let page = html::page(&report);
    assert!(page.len() < 4_000_000, "{}", page.len());
    assert!(
        page.contains("200 of ") && page.contains("more characters: <code>rollouts.jsonl</code>")
    );
    // Every task that failed is in the gallery.
    for task in TASKS {
        assert!(page.contains(&format!("data-task=\"{task}\"")), "{task}");
    }
    let summary = summary::page(&report);
    assert!(summary.len() < 200_000, "{}", summary.len());
    assert!(terminal::text(&report).lines().count() <= 42);
    assert!(junit::xml(&report).len() < 100_000);
}

#[test]
fn a_summary_never_exceeds_githubs_limit() {
    let mut run = run(1, false);
    let gate = run.judgement.gates[0].clone();
    run.judgement.gates = (0..5000)
        .map(|i| {
            let mut gate = gate.clone();
            gate.name = format!("gate {i}");
            gate.answer = "|<&\\".repeat(400);
            gate
        })
        .collect();
    let report = run.report();
    let summary = summary::page(&report);
    assert!(summary.len() < 1 << 20, "{}", summary.len());
    let last = summary.lines().last().unwrap();
    assert!(
        last.starts_with("**Cut:** ") && last.contains("lines of gates"),
        "{last}"
    );
    let page = html::page(&report);
    assert!(page.contains("4,500 more gates: <code>judgement.json</code>"));
    assert!(terminal::text(&report).lines().count() <= 42);
    check_junit(&junit::xml(&report));
}

#[test]
fn the_summary_has_verdict_gates_arms_and_commands() {
    let run = run(20, false);
    let summary = summary::page(&run.report());
    assert!(summary.starts_with("## ❌ Failed: lab-core\n"));
    for gate in &run.judgement.gates {
        assert!(
            summary.contains(&gate.name.replace('_', r"\_")),
            "{}",
            gate.name
        );
    }
    let arm = run.judgement.arms.iter().find(|a| a.task == "load_slide");
    let of = arm.unwrap().success.successes;
    assert!(summary.contains(&format!("| {of} of 20 |")));
    assert!(summary.contains("| – | no evidence | 0 of 0 |"));
    assert_eq!(summary.matches("```").count() % 2, 0);
    let tables = summary
        .lines()
        .filter(|l| l.starts_with("| ---") || l.starts_with("|---"));
    assert!(tables.count() > 8);
    assert!(!summary.contains("Cut:"));
}

#[test]
fn the_terminal_gets_forty_lines_of_plain_text() {
    let text = terminal::text(&run(20, false).report());
    assert!(text.lines().count() <= 42, "{text}");
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("FAILED: plate_to_reader regressed"),
        "{last}"
    );
    assert!(text.contains("(140 more seeds could decide it)"));
    assert!(text.contains("Failures by class: task "));
    let text = terminal::text(&empty().report());
    assert!(text.ends_with("COULD NOT RUN: The policy's server refused every connection.\n"));
}

#[test]
fn benchmark_numbers_have_the_actions_shape() {
    let run = run(20, false);
    let report = run.report();
    for name in ["benchmark.json", "benchmark_smaller.json"] {
        let entries = json(&report, name);
        let mut names = BTreeSet::new();
        for entry in entries.as_array().unwrap() {
            assert!(entry["value"].is_f64() && entry["unit"].is_string());
            assert!(entry["extra"].is_string() && !entry["range"].is_number());
            assert!(names.insert(entry["name"].as_str().unwrap()), "{entry}");
        }
        assert!(names.len() >= 4, "{names:?}");
    }
    let entries = json(&report, "benchmark.json");
    // All but the arm without evidence.
    assert_eq!(
        entries.as_array().unwrap().len(),
        run.judgement.arms.len() - 1
    );
    assert_eq!(
        entries[0]["name"],
        "lab-core / größe_prüfen_试管 / camera 1"
    );
    assert_eq!(
        json(&empty().report(), "benchmark.json"),
        serde_json::json!([])
    );
    assert_eq!(
        json(&empty().report(), "benchmark_smaller.json"),
        serde_json::json!([])
    );
}

#[test]
fn eval_info_counts_evidence_as_lerobot_would() {
    let run = run(20, false);
    let info = json(&run.report(), "eval_info.json");
    let evidence = || run.rollouts.iter().filter(|r| r.class.is_evidence());
    let overall = &info["overall"];
    assert_eq!(overall["n_episodes"], evidence().count());
    assert_eq!(
        overall["n_not_evidence"],
        run.rollouts.len() - evidence().count()
    );
    let successes = run.rollouts.iter().filter(|r| r.is_success()).count();
    let percent = 100.0 * (successes as f64 / evidence().count() as f64);
    assert_eq!(overall["pc_success"], percent);
    assert_eq!(overall["eval_s"], 1874.2);
    let plain = &info["per_group"]["none"];
    let unperturbed = || evidence().filter(|r| r.id.axis == "none");
    assert_eq!(plain["n_episodes"], unperturbed().count());
    let mut listed = 0;
    for task in info["per_task"].as_array().unwrap() {
        let metrics = &task["metrics"];
        let n = metrics["successes"].as_array().unwrap().len();
        assert_eq!(metrics["sum_rewards"].as_array().unwrap().len(), n);
        assert_eq!(metrics["max_rewards"].as_array().unwrap().len(), n);
        assert!(task["task_id"].is_u64() && task["task_group"].is_string());
        listed += n;
    }
    assert_eq!(listed, evidence().count());
    let nothing = json(&empty().report(), "eval_info.json");
    assert_eq!(nothing["overall"]["pc_success"], Value::Null);
}

/// Rows of one of the run's Parquet files by column, read with the crate's own reader.
fn rows(report: &Report, name: &str) -> Vec<BTreeMap<String, Field>> {
    let folder = fresh(&format!("eval_rows_{}_{name}", report.rollouts.len()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, file(report, name)).unwrap();
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| row.unwrap().into_columns().into_iter().collect())
        .collect()
}

#[test]
fn tables_hold_every_rollout() {
    let run = run(2, false);
    let report = run.report();
    let lines = String::from_utf8(file(&report, "rollouts.jsonl")).unwrap();
    let read = lines.lines().map(|l| serde_json::from_str(l).unwrap());
    assert_eq!(read.collect::<Vec<RolloutRecord>>(), run.rollouts);
    let table = rows(&report, "rollouts.parquet");
    assert_eq!(table.len(), run.rollouts.len());
    for (row, rollout) in table.iter().zip(&run.rollouts) {
        let text = |s: &str| Field::Str(s.into());
        assert_eq!(row["task"], text(&rollout.id.task));
        assert_eq!(row["seed"], Field::Long(rollout.id.seed as i64));
        assert_eq!(row["success"], Field::Bool(rollout.is_success()));
        assert_eq!(row["reason"], text(&rollout.reason));
        assert_eq!(row["secs"], Field::Double(rollout.metrics.secs));
        let error = rollout.metrics.error_deg.map_or(Field::Null, Field::Double);
        assert_eq!(row["error_deg"], error);
        let video = rollout.video.as_deref().map_or(Field::Null, text);
        assert_eq!(row["video"], video);
    }
    let timing = rows(&report, "timing.parquet");
    assert_eq!(timing.len(), run.rollouts.len());
    assert_eq!(
        timing[5]["wall_secs"],
        Field::Double(run.timings[5].wall_secs)
    );
    let empty = empty();
    assert_eq!(rows(&empty.report(), "rollouts.parquet").len(), 0);
    assert_eq!(rows(&empty.report(), "timing.parquet").len(), 0);
}

#[test]
fn what_the_clock_said_is_in_no_rollout() {
    let run = run(2, false);
    let mut slower = run.report();
    let timings = vec![Default::default(); run.timings.len()];
    (slower.timings, slower.wall_secs) = (&timings, 9.0);
    for name in ["rollouts.jsonl", "rollouts.parquet", "judgement.json"] {
        assert!(file(&slower, name) == file(&run.report(), name), "{name}");
    }
}

#[test]
fn pandas_and_lerobots_reader_open_the_files() {
    let Some(python) = lerobot_python("pyarrow, pandas, lerobot") else {
        return;
    };
    let run = run(20, false);
    let folder = fresh("eval_files");
    std::fs::create_dir_all(&folder).unwrap();
    for (path, bytes) in files(&run.report()) {
        std::fs::write(folder.join(path), bytes).unwrap();
    }
    let mut command = std::process::Command::new(python);
    command.arg(script("eval_files.py")).arg(&folder);
    print!("{}", ok(command));
}

#[test]
fn the_readmes_workflow_is_one_that_github_takes() {
    let Some(python) = python("check_jsonschema, ruamel.yaml") else {
        return;
    };
    let mut command = std::process::Command::new(python);
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let folder = fresh("eval_workflow");
    std::fs::create_dir_all(&folder).unwrap();
    command.arg(script("eval_workflow.py")).arg(readme);
    command.arg(folder.join("workflow.yml"));
    print!("{}", ok(command));
}
