//! The ways between stages, and what can be there when a stage begins.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::{Problem, Severity};
use crate::domain::definition::{END, Stage};
use crate::domain::limit;
use crate::domain::output::excerpt;
use crate::domain::validate::Kind;

/// Something that a stage may have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Fact {
    /// An output on which there was a verdict.
    Output(usize),
    /// What whoever judged it said.
    Notes(usize),
    /// An answer without a verdict.
    Failed(usize),
}

/// The stages of a workflow as a graph. They are named by where they stand in the list.
#[derive(Debug)]
pub(super) struct Flow {
    nodes: Vec<Node>,
    by_order: HashMap<i32, usize>,
    first: Option<usize>,
}

/// A stage, and where a run may go on from it.
#[derive(Debug, Default)]
struct Node {
    ways: Vec<Way>,
    /// Where a pass leads, a bit for each stage.
    passes: u128,
    /// Where a fail leads.
    fails: u128,
    /// Can a pass be the end of the run?
    may_end: bool,
    /// What may be there when the stage begins; none where no run comes.
    before: Option<Facts>,
}

/// A way that a run may take from a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    to: usize,
    by: By,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum By {
    /// A pass, to the next stage or to another one.
    Pass {
        jumps: bool,
    },
    /// A pass, by this value.
    Value(String),
    Fail,
}

/// A set of [`Fact`]s, a bit for each stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Facts {
    output: u128,
    notes: u128,
    failed: u128,
}

const _: () = assert!(limit::STAGES <= 128, "a stage has a bit of its own");

impl Flow {
    pub(super) fn of(stages: &[Stage]) -> Self {
        // No more can be saved.
        let stages = stages.get(..limit::STAGES).unwrap_or(stages);
        let mut by_order = HashMap::new();
        for (index, stage) in stages.iter().enumerate() {
            by_order.entry(stage.stage_order).or_insert(index);
        }
        let first = stages.iter().map(|stage| stage.stage_order).min();
        let mut flow = Self {
            nodes: stages.iter().map(|_| Node::default()).collect(),
            first: first.map(|order| by_order[&order]),
            by_order,
        };
        for (index, stage) in stages.iter().enumerate() {
            let later = stages.iter().map(|it| it.stage_order);
            let next = later.filter(|order| *order > stage.stage_order).min();
            flow.nodes[index] = Node::of(stage, next, &flow.by_order);
        }
        flow.spread(stages);
        flow
    }

    /// Where the stage of this order stands in the list.
    pub(super) fn index(&self, order: i32) -> Option<usize> {
        self.by_order.get(&order).copied()
    }

    /// Does any run come to this stage?
    pub(super) fn is_reached(&self, index: usize) -> bool {
        self.before(index).is_some()
    }

    /// Can the output of this stage be the last one of a run that completes?
    pub(super) fn may_end(&self, index: usize) -> bool {
        self.nodes.get(index).is_some_and(|node| node.may_end)
    }

    /// Can this be there when the stage at `index` begins?
    pub(super) fn may_be_there(&self, fact: Fact, index: usize) -> bool {
        self.before(index).is_some_and(|before| before.has(fact))
    }

    /// Can this be there once the stage at `index` has passed?
    pub(super) fn may_be_there_after(&self, fact: Fact, index: usize, stage: &Stage) -> bool {
        let before = self.before(index);
        before.is_some_and(|before| before.passed(index, stage).has(fact))
    }

    /// Can this be there when a run completes?
    pub(super) fn may_be_there_at_the_end(&self, fact: Fact, stages: &[Stage]) -> bool {
        let ends = (0..self.nodes.len()).filter(|index| self.may_end(*index));
        let mut stages = ends.map(|index| (index, &stages[index]));
        stages.any(|(index, stage)| self.may_be_there_after(fact, index, stage))
    }

    /// When none of these stages has left an output before the one at `index` begins, in words. None where one of them
    /// always has.
    pub(super) fn way_without(
        &self,
        outputs: &[usize],
        index: usize,
        stages: &[Stage],
    ) -> Option<String> {
        let first = self.first?;
        let mut came_from = vec![None; self.nodes.len()];
        let mut seen = bit(first);
        let mut queue = VecDeque::from([first]);
        while let Some(at) = queue.pop_front().filter(|at| *at != index) {
            let node = &self.nodes[at];
            let passes = if outputs.contains(&at) {
                0
            } else {
                node.passes
            };
            let new = (passes | node.fails) & !seen;
            seen |= new;
            for to in indices(new) {
                came_from[to] = Some(at);
                queue.push_back(to);
            }
        }
        if seen & bit(index) == 0 {
            return None;
        }
        let mut taken = Vec::new();
        let mut to = index;
        while let Some(from) = came_from[to] {
            let leaves = |way: &&Way| outputs.contains(&from) && way.by != By::Fail;
            let mut ways = self.nodes[from].ways.iter();
            let way = ways.find(|way| way.to == to && !leaves(way))?;
            taken.push((from, way));
            to = from;
        }
        taken.reverse();
        Some(told(&taken, self.ways_to(outputs, index), stages))
    }

    /// The stages from which one of these can be come to, also not over the one at `index`; these included.
    fn ways_to(&self, outputs: &[usize], index: usize) -> u128 {
        let mut leading = outputs.iter().fold(0, |all, output| all | bit(*output));
        loop {
            let nodes = self.nodes.iter().enumerate();
            let more = nodes
                .filter(|(at, node)| *at != index && (node.passes | node.fails) & leading != 0)
                .fold(leading, |all, (at, _)| all | bit(at));
            if more == leading {
                return leading;
            }
            leading = more;
        }
    }

    /// Stages that no run comes to, and loops without a way out.
    pub(super) fn problems(&self, stages: &[Stage]) -> Vec<Problem> {
        let warning =
            |code, stage, why: &str| Problem::of_stage(Severity::Warning, code, stage, why);
        let mut problems = Vec::new();
        for (index, stage) in stages.iter().enumerate().take(self.nodes.len()) {
            if !self.is_reached(index) {
                let why = "is never run: let another stage lead to it, or delete it";
                problems.push(warning("UNREACHABLE_STAGE", stage, why));
            }
        }
        for members in self.endless_loops() {
            let orders: Vec<_> = indices(members)
                .map(|index| stages[index].stage_order.to_string())
                .collect();
            let why = format!(
                "is in a loop that no pass leaves (of {}): it goes on until the limit of stage visits; let a pass or a route lead out of it",
                orders.join(", ")
            );
            let first = indices(members).min_by_key(|index| stages[*index].stage_order);
            let stage = first.and_then(|index| stages.get(index));
            problems.extend(stage.map(|stage| warning("ENDLESS_LOOP", stage, &why)));
        }
        problems
    }

    fn before(&self, index: usize) -> Option<Facts> {
        self.nodes.get(index)?.before
    }

    /// Finds what may be there, from stage to stage until nothing is added.
    fn spread(&mut self, stages: &[Stage]) {
        let Some(first) = self.first else {
            return;
        };
        self.nodes[first].before = Some(Facts::default());
        let mut changed = VecDeque::from([first]);
        while let Some(index) = changed.pop_front() {
            let Some(before) = self.before(index) else {
                continue;
            };
            let stage = &stages[index];
            let Node { passes, fails, .. } = self.nodes[index];
            let led = [
                (passes, before.passed(index, stage)),
                (fails, before.failed(index, stage)),
            ];
            for (targets, brought) in led {
                for to in indices(targets) {
                    let known = self.before(to);
                    let all = known.map_or(brought, |known| known.and(brought));
                    if known != Some(all) {
                        self.nodes[to].before = Some(all);
                        changed.push_back(to);
                    }
                }
            }
        }
    }

    /// The loops that no pass and no value leaves: the sets of stages from which passes lead to each other alone.
    fn endless_loops(&self) -> Vec<u128> {
        let mut reached: Vec<u128> = self.nodes.iter().map(|node| node.passes).collect();
        for over in 0..reached.len() {
            let on = reached[over];
            for from in &mut reached {
                if *from & bit(over) != 0 {
                    *from |= on;
                }
            }
        }
        let mut loops: Vec<u128> = Vec::new();
        for (index, members) in reached.iter().copied().enumerate() {
            let is_loop = indices(members).all(|it| reached[it] == members)
                && members & bit(index) != 0
                && indices(members).all(|it| !self.nodes[it].may_end);
            if is_loop && self.is_reached(index) && !loops.contains(&members) {
                loops.push(members);
            }
        }
        loops
    }
}

impl Node {
    /// `next` is the order of the stage after this one.
    fn of(stage: &Stage, next: Option<i32>, by_order: &HashMap<i32, usize>) -> Self {
        let mut node = Self::default();
        let on_pass = stage.next_stage_on_pass;
        let jumps = on_pass.is_some_and(|order| Some(order) != next);
        node.add(on_pass.or(next), By::Pass { jumps }, by_order);
        // Where routes look may be said by a key: where they lead stands there in numbers.
        let to = stage.routes.as_ref().and_then(|routes| routes.get("to"));
        for (value, order) in to.and_then(Value::as_object).into_iter().flatten() {
            let order = order.as_i64().and_then(|order| i32::try_from(order).ok());
            if let Some(order) = order {
                node.add(Some(order), By::Value(value.clone()), by_order);
            }
        }
        node.add(stage.next_stage_on_fail, By::Fail, by_order);
        node
    }

    fn add(&mut self, target: Option<i32>, by: By, by_order: &HashMap<i32, usize>) {
        let to = match target {
            None | Some(END) => None,
            // A target that is none is refused when it is saved.
            Some(order) => match by_order.get(&order) {
                Some(index) => Some(*index),
                None => return,
            },
        };
        let leads = to.map_or(0, bit);
        let is_new = match by {
            By::Fail => {
                self.fails |= leads;
                true
            }
            By::Pass { .. } | By::Value(_) => {
                let is_new = self.passes & leads == 0;
                self.passes |= leads;
                self.may_end |= to.is_none();
                is_new
            }
        };
        // Thousands of values may lead to one stage.
        if let Some(to) = to.filter(|_| is_new) {
            self.ways.push(Way { to, by });
        }
    }
}

impl Facts {
    const fn has(self, fact: Fact) -> bool {
        match fact {
            Fact::Output(index) => self.output & bit(index) != 0,
            Fact::Notes(index) => self.notes & bit(index) != 0,
            Fact::Failed(index) => self.failed & bit(index) != 0,
        }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            output: self.output | other.output,
            notes: self.notes | other.notes,
            failed: self.failed | other.failed,
        }
    }

    /// What may be there once this stage has passed.
    const fn passed(mut self, index: usize, stage: &Stage) -> Self {
        self.output |= bit(index);
        self.failed &= !bit(index);
        match stage.validation_type {
            Kind::Llm | Kind::Manual if stage.for_each.is_none() => self.notes |= bit(index),
            _ => self.notes &= !bit(index),
        }
        self
    }

    /// What may be there once it has failed. Without a verdict there is no output, and an item's verdict is not the stage's.
    const fn failed(mut self, index: usize, stage: &Stage) -> Self {
        self.failed |= bit(index);
        if !matches!(stage.validation_type, Kind::None) && stage.for_each.is_none() {
            self.output |= bit(index);
            self.notes |= bit(index);
        }
        self
    }
}

const fn bit(index: usize) -> u128 {
    1 << index
}

fn indices(mut bits: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = bits.trailing_zeros();
        bits &= bits.checked_sub(1)?;
        usize::try_from(index).ok()
    })
}

/// When a run takes these ways, each with where it leads from: by the last one that leaves behind what leads to what is
/// missing.
fn told(taken: &[(usize, &Way)], leading: u128, stages: &[Stage]) -> String {
    let order = |index: usize| stages[index].stage_order;
    let leads = |index: usize| leading & bit(index) != 0;
    let last = taken.len().saturating_sub(1);
    let ways = taken.iter().enumerate().rev();
    let mut past = ways.filter(|(at, (from, way))| leads(*from) && (*at == last || !leads(way.to)));
    let first_time = || "the first time, before anything has left it".to_owned();
    let Some((_, (from, way))) = past.next() else {
        return first_time();
    };
    let (from, to) = (order(*from), order(way.to));
    match &way.by {
        By::Fail => format!("when stage {from} fails over to {to}"),
        By::Value(value) => {
            let value = excerpt(value, 100);
            format!("when stage {from} goes on with {to} by the value \"{value}\"")
        }
        By::Pass { jumps: true } => format!("when stage {from} passes and goes on with {to}"),
        By::Pass { jumps: false } => first_time(),
    }
}
