//! Threads for work that the domain cut into parts. Owns how many; must not change what is computed:
//! the parts write places of their own, so any number of threads finds the same.

use verger_domain::trust::weights::{Crew, Task};

/// As many parts as this machine has processors, each on a thread of its own.
pub fn all_processors() -> Crew<'static> {
    let parts = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Crew { parts, run: &at_the_same_time }
}

fn at_the_same_time(mut tasks: Vec<Task<'_>>) {
    // The caller's own thread takes one part, as it would only wait otherwise.
    let own = tasks.pop();
    std::thread::scope(|scope| {
        for task in tasks {
            scope.spawn(task);
        }
        if let Some(task) = own {
            task();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every part runs once, whatever their number, and all are done at the end.
    #[test]
    fn every_part_runs_once() {
        for parts in 0..9 {
            let mut places = vec![0; parts];
            let tasks: Vec<Task<'_>> = places
                .iter_mut()
                .map(|place| -> Task<'_> { Box::new(move || *place += 1) })
                .collect();
            (all_processors().run)(tasks);
            assert_eq!(places, vec![1; parts]);
        }
    }
}
