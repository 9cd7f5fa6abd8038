//! What a process has used, as `/proc` tells it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

const MIB: f64 = 1024.0;

/// CPU time and memory of a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User and system time since its start.
    pub cpu: Duration,
    /// Resident memory now, in MiB.
    pub resident: f64,
    /// The most resident memory since the start, or since [`forget_peak`], in MiB.
    pub peak: f64,
}

impl Usage {
    /// What the process has used so far.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: u32) -> Result<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))
            .with_context(|| format!("process {pid} is gone"))?;
        Ok(Self {
            cpu: cpu(pid)?.own,
            resident: field(&status, "VmRSS:")? / MIB,
            peak: field(&status, "VmHWM:")? / MIB,
        })
    }

    /// CPU time since `before`, in seconds.
    #[must_use]
    pub fn cpu_since(&self, before: &Self) -> f64 {
        self.cpu.saturating_sub(before.cpu).as_secs_f64()
    }
}

/// CPU time of this process since its start.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn own_cpu() -> Result<Duration> {
    Ok(cpu(std::process::id())?.own)
}

/// CPU time of a process, of the children that it has buried, and of those that live.
///
/// # Errors
/// When there is no such process.
pub fn family_cpu(pid: u32) -> Result<Duration> {
    let mut total = cpu(pid)?;
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    for child in children.split_whitespace().filter_map(|id| id.parse().ok()) {
        // One that ends between the two looks is counted by its parent next time.
        if let Ok(spent) = cpu(child) {
            total.own += spent.own;
        }
    }
    Ok(total.own + total.buried)
}

/// Lets the peak of a process begin anew at what it holds now.
///
/// # Errors
/// When there is no such process, or it is somebody else's.
pub fn forget_peak(pid: u32) -> Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").context("cannot reset the peak of memory")
}

struct Cpu {
    own: Duration,
    buried: Duration,
}

/// Fields 14 to 17 of `stat`, in ticks; the name before them may hold spaces (proc(5)).
fn cpu(pid: u32) -> Result<Cpu> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("process {pid} is gone"))?;
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let ticks: Vec<u64> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [user, system, children_user, children_system] = ticks[..] else {
        anyhow::bail!("stat is too short");
    };
    let per_second = rustix::param::clock_ticks_per_second();
    let time = |ticks: u64| Duration::from_millis(ticks * 1000 / per_second);
    Ok(Cpu {
        own: time(user + system),
        buried: time(children_user + children_system),
    })
}

fn field(status: &str, name: &str) -> Result<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("a line is missing in status")?.parse()?)
}
