//! What must be right before anything is scanned: configuration, rules, baseline, thresholds.
//!
//! A mistake in any of them stops the run. Scanning with half of what was asked for would look like a clean result.

use super::gitleaks;
use super::plan::{ConfigFrom, Input, Plan};
use crate::config::{self, Config, ConfigError, RotationForToml, RotationToml};
use crate::engine::Engine;
use crate::finding::{Confidence, Place};
use crate::git::Repo;
use crate::hygiene::{self, Limits, Override, Settings};
use crate::policy::{Baseline, Folders, Policy};
use crate::problem::Problem;
use crate::rule::{self, LoadError, Rule, RuleSet};
use crate::source::Exclude;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where a baseline is kept when nothing names another place.
pub const BASELINE: &str = "keyhound.baseline";

/// Everything that a run needs besides its inputs.
pub struct Ready {
    /// With the rules that run.
    pub engine: Engine,
    /// Thresholds and exceptions.
    pub policy: Policy,
    /// Larger files are left out.
    pub max_file_size: Option<u64>,
    /// What the configuration leaves out.
    pub exclude: Option<Exclude>,
    /// Whether the configuration wants histories.
    pub history: bool,
    /// How long keys may live.
    pub settings: Settings,
    /// Where the configuration says the baseline is, or the command line.
    pub baseline: Option<PathBuf>,
    /// What was noticed about the configuration.
    pub notes: Vec<Problem>,
    /// Whether all rules are those of a configuration of gitleaks, each of which then speaks for itself.
    pub keeps_apart: bool,
    /// Where decisions about findings are written.
    pub home: Home,
}

/// Where decisions about findings are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The folder of the configuration, or where a new one belongs: the root of the worktree, else what is scanned.
    pub folder: PathBuf,
    /// The configuration that is there or would be; or why none can be written.
    pub config: Result<PathBuf, &'static str>,
}

impl Home {
    fn of(plan: &Plan, config: &Config) -> Self {
        let start = plan.start();
        let scanned = if start.is_dir() { start } else { start.parent().unwrap_or(start) };
        let scanned = if scanned.as_os_str().is_empty() { Path::new(".") } else { scanned };
        let root = || Repo::open(start, true).ok().and_then(|repo| repo.workdir().map(Path::to_owned));
        let folder = config.folder().map(Path::to_owned).or_else(root).unwrap_or_else(|| scanned.to_owned());
        let config = match (&config.file, &plan.config) {
            (Some(file), _) => Ok(file.clone()),
            (None, ConfigFrom::Nowhere) => Err("--no-config says that there is none"),
            (None, _) if config.gitleaks.is_some() => {
                Err("the configuration is that of gitleaks; 'keyhound config import' makes a keyhound.toml of it")
            }
            (None, _) => Ok(folder.join(config::FILE_NAME)),
        };
        Self { folder, config }
    }
}

impl Ready {
    /// Prepares what `plan` asks for.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn for_plan(plan: &Plan) -> Result<Self, Problem> {
        let config = configuration(plan)?;
        let rules = rules(plan, &config)?;
        let (mut gitleaks, more) =
            gitleaks::exceptions(plan, &config, &rules.iter().map(|(_, rule)| rule).collect::<Vec<_>>());
        let notes = gitleaks::notes(&config).into_iter().chain(more).collect();
        let baseline_file =
            plan.baseline.clone().or_else(|| config.baseline.clone()).or_else(|| usual_baseline(plan, &config));
        gitleaks.known = baseline_file.as_deref().map(gitleaks::report).transpose()?.flatten();
        // A report may hold the very secrets that it speaks of.
        gitleaks.everywhere.extend(gitleaks.known.as_ref().and_then(|known| gitleaks::itself(known.file())));
        let home = Home::of(plan, &config);
        let ours = baseline_file.as_deref().filter(|_| gitleaks.known.is_none());
        let baseline = ours.map(|file| baseline(plan, file)).transpose()?.flatten();
        let has_baseline = baseline_file.is_some() || plan.may_lack_baseline;
        let folders = folders(plan, &config, has_baseline || !gitleaks.is_empty());
        let base = Policy::at(plan.now.unwrap_or_else(clock));
        let pedantic = plan.pedantic.then_some(Confidence::Low);
        let roots = plan.paths().iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let narrowed =
            ![&plan.rules.only, &plan.rules.disable, &config.rules.only].iter().all(|choice| choice.is_empty());
        let settings = Settings { narrowed, ..settings(&config.rotation, roots, plan.pedantic, base.now) };
        let policy = Policy {
            severity: plan.severity.or(config.severity).unwrap_or(base.severity),
            confidence: plan.confidence.or(pedantic).or(config.confidence).unwrap_or(Confidence::Medium),
            allow: config.allow.clone(),
            key: Policy::fingerprint_key(config.fingerprint_key.as_ref(), baseline.as_ref()),
            baseline,
            gitleaks,
            folders: folders.clone(),
            ..base
        };
        let watched = hygiene::watched(&rules);
        Ok(Self {
            engine: Engine::watching(Arc::new(rules), &watched).with_depths(plan.files.depths),
            policy,
            settings,
            max_file_size: plan.files.max_size.or(config.scan.max_file_size),
            history: config.scan.history.unwrap_or(true),
            notes,
            keeps_apart: config.replaces,
            exclude: exclude(config, folders),
            baseline: baseline_file,
            home,
        })
    }
}

/// How long keys may live: what the configuration says, and what is usual where it says nothing.
fn settings(typed: &RotationToml, roots: Vec<String>, pedantic: bool, now: i64) -> Settings {
    let usual = Limits::default();
    let other = |typed: &RotationForToml| Override {
        providers: typed.providers.clone(),
        environments: typed.environments.clone(),
        paths: typed.paths.clone(),
        max_age_days: typed.max_age_days,
        max_expiry_days: typed.max_expiry_days,
        expiring_soon_days: typed.expiring_soon_days,
    };
    Settings {
        limits: Limits {
            max_age_days: typed.max_age_days.unwrap_or(usual.max_age_days),
            max_expiry_days: typed.max_expiry_days.unwrap_or(usual.max_expiry_days),
            max_crypto_days: typed.max_crypto_days.unwrap_or(usual.max_crypto_days),
            expiring_soon_days: typed.expiring_soon_days.unwrap_or(usual.expiring_soon_days),
        },
        overrides: typed.limits.iter().map(other).collect(),
        roots,
        has_policy: typed.max_age_days.is_some(),
        pedantic,
        ..Settings::at(now)
    }
}

impl Ready {
    /// Whether some exception looks at the lines of findings.
    pub fn wants_lines(&self) -> bool {
        gitleaks::asks_for_lines(&self.policy.gitleaks)
    }
}

/// The configuration that applies to what is scanned.
pub fn configuration(plan: &Plan) -> Result<Config, Problem> {
    let read = |file: &Path| {
        let stopped = |error: ConfigError| stop(error.to_string(), "the configuration");
        let bytes = config::read_bytes(file).map_err(stopped)?;
        match gitleaks::given(file, &bytes, plan)? {
            Some(theirs) => Ok(theirs),
            None => Config::parse(file, &bytes).map_err(|error| stopped(error.into())),
        }
    };
    match &plan.config {
        ConfigFrom::Nowhere => Ok(Config::default()),
        ConfigFrom::File(file) => read(file),
        ConfigFrom::Nearest => {
            let start = plan.paths().first().map_or(Path::new("."), PathBuf::as_path);
            match config::find(start) {
                Ok(Some(file)) => {
                    let mut config = read(&file)?;
                    config.notes.extend(gitleaks::passed_over(plan, &file));
                    Ok(config)
                }
                // A path that does not exist has no configuration; that it does not exist is said when it is read.
                Ok(None) | Err(_) => gitleaks::found(plan),
            }
        }
    }
}

/// All rules that run: embedded ones and a person's own, less those that are switched off.
pub fn rules(plan: &Plan, config: &Config) -> Result<RuleSet, Problem> {
    let mut all = all_rules(plan, config)?;
    config.check_names(all.iter()).map_err(|error| stop(error.to_string(), "the configuration"))?;
    for selector in plan.rules.selectors() {
        selector.check(all.iter()).map_err(|message| Problem::fatal("the choice of rules", message))?;
    }
    all.retain(|rule| plan.rules.keeps_over(&config.rules, rule));
    all.retain(|rule| rule.advice.is_none() || hygiene::is_made(rule.spec.id, plan.audit));
    if all.is_empty() {
        // A run without rules would look like a clean one.
        return Err(Problem::fatal("the choice of rules", "no rule is left to run"));
    }
    RuleSet::new(all).map_err(|message| stop(message, "the rules"))
}

/// All rules that exist, whether they run or not.
pub fn all_rules(plan: &Plan, config: &Config) -> Result<Vec<Rule>, Problem> {
    let mut all = if config.replaces { Vec::new() } else { rule::embedded() };
    // Who scans with the rules of gitleaks wants its results; who audits wants the checks whatever the rules.
    if !config.replaces || plan.audit == hygiene::Checks::All {
        all.extend(hygiene::rules());
    }
    for dir in plan.rules.dirs.iter().chain(&config.rules.dirs) {
        let stopped = |error: LoadError| stop(error.to_string(), "the rules");
        for (name, text) in rule::read_dir(dir).map_err(stopped)? {
            match gitleaks::rule_file(&name, &text, plan)? {
                Some(theirs) => gitleaks::add_rules(&mut all, &theirs)?,
                None => all.extend(rule::load_text(&name, &text).map_err(stopped)?),
            }
        }
    }
    if let Some(theirs) = &config.gitleaks {
        gitleaks::add_rules(&mut all, theirs)?;
    }
    if let (Some(own), Some(file)) = (&config.own, &config.file) {
        let rules = rule::rules_of(&file.to_string_lossy(), &own.text, &own.file);
        all.extend(rules.map_err(|error| stop(error.to_string(), "the configuration"))?);
    }
    Ok(all)
}

fn baseline(plan: &Plan, file: &Path) -> Result<Option<Baseline>, Problem> {
    if plan.may_lack_baseline && !file.exists() {
        return Ok(None);
    }
    Baseline::read(file).map(Some).map_err(|error| stop(error.to_string(), "the baseline"))
}

/// The file that `keyhound baseline create` writes when nobody names another: beside the configuration, or else the
/// nearest one upwards. Who wants no configuration wants no such file either.
fn usual_baseline(plan: &Plan, config: &Config) -> Option<PathBuf> {
    let start = plan.paths().first().map_or(Path::new("."), PathBuf::as_path);
    match (&plan.config, config.folder()) {
        (ConfigFrom::Nowhere, _) => None,
        (_, Some(folder)) => Some(folder.join(BASELINE)).filter(|file| file.is_file()),
        (_, None) => config::find_named(start, BASELINE).ok().flatten(),
    }
}

/// What paths count from: the configuration's folder or else the repository's root.
fn folders(plan: &Plan, config: &Config, has_baseline: bool) -> Folders {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    // Nothing asks for them where no path is compared, and a commit hook should not wait for it.
    if config.file.is_none() && !has_baseline {
        return Folders::default();
    }
    let start = plan.paths().first().map_or(Path::new("."), PathBuf::as_path);
    let repository = Repo::open(start, true).ok().and_then(|repo| real(repo.workdir()?));
    Folders {
        base: config.folder().and_then(real).or_else(|| repository.clone()),
        here: real(Path::new(".")).unwrap_or_default(),
        repository,
    }
}

/// Whether `[scan] exclude` names an entry of a walk.
fn exclude(config: Config, folders: Folders) -> Option<Exclude> {
    if config.scan.exclude.is_empty() {
        return None;
    }
    Some(Arc::new(move |path: &Path, is_dir| {
        let path = path.as_os_str().as_encoded_bytes();
        folders.relative(&Place::File, path).is_some_and(|path| config.scan.exclude.matches(&path, is_dir))
    }))
}

/// A mistake that stops the run. Most of our errors begin with the file that they are about.
pub(super) fn stop(text: String, otherwise: &str) -> Problem {
    match text.split_once(": ") {
        Some((file, message)) if !file.contains(' ') => Problem::fatal(file, message),
        _ => Problem::fatal(otherwise, text),
    }
}

/// Seconds since 1970 by the system's clock.
pub fn clock() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Whether a run sees everything that there is, so that an exception which matches nothing can be called dead.
pub fn sees_everything(plan: &Plan) -> bool {
    matches!(&plan.input, Input::Paths { which: super::plan::Which::Both, .. }) && !plan.commits.are_chosen()
}
