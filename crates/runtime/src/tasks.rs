//! Every task and thread of a process has a name here, an owner that waits for it, and a way to be told to stop.
//!
//! A [`Tasks`] is a group with a cancellation token. [`Tasks::child`] makes a group that can be stopped alone, such as
//! one camera's; its tasks count as its parents' too. Groups form a tree whose root belongs to [`crate::main`].
//! Nothing else starts tasks (see `clippy.toml`).

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::CancellationToken;

/// A group of named tasks and threads. Clones are the same group. Dropping it stops nothing: call [`Tasks::drain`].
#[derive(Clone)]
pub struct Tasks(Arc<Group>);

struct Group {
    token: CancellationToken,
    parent: Option<Tasks>,
    running: watch::Sender<BTreeMap<u64, Running>>,
}

struct Running {
    name: Arc<str>,
    /// None for threads, and for tasks in the moment of their start.
    abort: Option<AbortHandle>,
}

impl Tasks {
    /// A root group that is stopped through `token`.
    pub fn new(token: CancellationToken) -> Self {
        Self::group(token, None)
    }

    fn group(token: CancellationToken, parent: Option<Self>) -> Self {
        Self(Arc::new(Group { token, parent, running: watch::Sender::default() }))
    }

    /// A group of its own within this one: stopped with it, or alone.
    pub fn child(&self) -> Self {
        Self::group(self.0.token.child_token(), Some(self.clone()))
    }

    /// Cancelled when this group is to stop. Tasks watch it; whoever cancels it stops this group and its children.
    pub fn token(&self) -> &CancellationToken {
        &self.0.token
    }

    /// Starts a task. A panic in it is logged with its place by the panic hook and handed to who joins.
    pub fn spawn<T, F>(&self, name: impl Into<String>, future: F) -> Task<T>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let name: Arc<str> = name.into().into();
        let registration = Registration::new(self, &name);
        let id = registration.id;
        #[expect(clippy::disallowed_methods, reason = "this is the place that names and owns every task")]
        let handle = tokio::spawn(async move {
            let _registration = registration;
            future.await
        });
        self.set_abort(id, &handle.abort_handle());
        Task { name, handle }
    }

    /// Starts an operating system thread for work that blocks (codecs, models). Threads cannot be aborted: `work` must
    /// end by itself when the group's token is cancelled or its channel closes. Linux shows 15 bytes of the name.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn spawn_blocking_thread<T, F>(&self, name: impl Into<String>, work: F) -> std::io::Result<Thread<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let name: Arc<str> = name.into().into();
        let registration = Registration::new(self, &name);
        let (sender, result) = oneshot::channel();
        std::thread::Builder::new().name(name.to_string()).spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            drop(registration);
            // Nobody waits for the result when the handle was dropped; that is its owner's choice.
            let _unwanted = sender.send(result);
        })?;
        Ok(Thread { name, result })
    }

    /// The names of the tasks and threads running now, those of child groups included.
    pub fn running(&self) -> Vec<String> {
        self.0.running.borrow().values().map(|entry| entry.name.to_string()).collect()
    }

    /// Tells everything in this group to stop and waits for it, at most for `patience`. Tasks that are still running
    /// then are aborted; threads are left.
    ///
    /// # Errors
    /// The names of what did not stop in time.
    pub async fn drain(&self, patience: Duration) -> Result<(), StillRunning> {
        self.0.token.cancel();
        let mut running = self.0.running.subscribe();
        let all_ended = running.wait_for(|running| running.is_empty());
        if tokio::time::timeout(patience, all_ended).await.is_ok() {
            return Ok(());
        }
        let late = self.running();
        self.0.running.borrow().values().filter_map(|entry| entry.abort.as_ref()).for_each(AbortHandle::abort);
        if late.is_empty() { Ok(()) } else { Err(StillRunning(late)) }
    }

    /// This group and those that it is part of.
    fn lineage(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |group| group.0.parent.as_ref())
    }

    /// Makes the task known for abortion, unless it has ended already.
    fn set_abort(&self, id: u64, handle: &AbortHandle) {
        for group in self.lineage() {
            group.0.running.send_if_modified(|running| {
                if let Some(entry) = running.get_mut(&id) {
                    entry.abort = Some(handle.clone());
                }
                false
            });
        }
    }
}

/// What did not stop in time, by name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("still running: {}", .0.join(", "))]
pub struct StillRunning(pub Vec<String>);

/// The entry of one task in its group and the groups above; dropped when the task has ended, however it did.
struct Registration {
    tasks: Tasks,
    id: u64,
}

impl Registration {
    fn new(tasks: &Tasks, name: &Arc<str>) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        for group in tasks.lineage() {
            group.0.running.send_modify(|running| {
                running.insert(id, Running { name: name.clone(), abort: None });
            });
        }
        Self { tasks: tasks.clone(), id }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        for group in self.tasks.lineage() {
            group.0.running.send_modify(|running| {
                running.remove(&self.id);
            });
        }
    }
}

/// Why a task or thread has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// It panicked.
    #[error("`{name}` panicked: {message}")]
    Panicked {
        /// The task's name.
        name: String,
        /// The panic's message.
        message: String,
    },
    /// It was aborted before it ended.
    #[error("`{name}` was aborted")]
    Aborted {
        /// The task's name.
        name: String,
    },
}

/// A started task. Dropping this does not stop it; its group still owns it.
#[derive(Debug)]
pub struct Task<T> {
    name: Arc<str>,
    handle: JoinHandle<T>,
}

impl<T> Task<T> {
    /// Waits for the task's result.
    ///
    /// # Errors
    /// When the task panicked or was aborted.
    pub async fn join(self) -> Result<T, TaskError> {
        let name = self.name.to_string();
        self.handle.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => TaskError::Panicked { name, message: panic_message(&*panic) },
            Err(_) => TaskError::Aborted { name },
        })
    }

    /// Ends the task at its next `.await`.
    pub fn abort(&self) {
        self.handle.abort();
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }
}

/// A started thread. Dropping this does not stop it; its group still owns it.
#[derive(Debug)]
pub struct Thread<T> {
    name: Arc<str>,
    result: oneshot::Receiver<std::thread::Result<T>>,
}

impl<T> Thread<T> {
    /// Waits for the thread's result.
    ///
    /// # Errors
    /// When the thread panicked.
    pub async fn join(self) -> Result<T, TaskError> {
        let name = self.name.to_string();
        match self.result.await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(panic)) => Err(TaskError::Panicked { name, message: panic_message(&*panic) }),
            Err(_) => Err(TaskError::Aborted { name }),
        }
    }
}

/// The text of a caught panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any of these takes.
    const PATIENCE: Duration = Duration::from_secs(5);

    fn root() -> Tasks {
        Tasks::new(CancellationToken::new())
    }

    #[tokio::test]
    async fn results_panics_and_abortions_reach_who_joins() {
        let tasks = root();
        assert_eq!(tasks.spawn("sum", async { 1 + 1 }).join().await, Ok(2));
        let panicked = tasks.spawn("panics", async { panic!("no {}", "way") }).join().await;
        let wanted = TaskError::Panicked { name: "panics".to_owned(), message: "no way".to_owned() };
        assert_eq!(panicked, Err::<(), _>(wanted));
        let pending = tasks.spawn("waits", std::future::pending::<()>());
        pending.abort();
        assert_eq!(pending.join().await, Err(TaskError::Aborted { name: "waits".to_owned() }));
        assert_eq!(tasks.drain(PATIENCE).await, Ok(()));
    }

    #[tokio::test]
    async fn a_thread_has_its_name_and_its_result_and_is_waited_for() {
        let tasks = root();
        let thread =
            tasks.spawn_blocking_thread("decoder", || std::thread::current().name().map(str::to_owned)).unwrap();
        assert_eq!(thread.join().await, Ok(Some("decoder".to_owned())));
        let thread = tasks.spawn_blocking_thread("panics", || panic!("no way")).unwrap();
        assert!(matches!(thread.join().await, Err::<(), _>(TaskError::Panicked { .. })));

        let token = tasks.token().clone();
        let (sender, ended) = std::sync::mpsc::channel();
        tasks
            .spawn_blocking_thread("watcher", move || {
                futures::executor::block_on(token.cancelled());
                sender.send(()).unwrap();
            })
            .unwrap();
        assert_eq!(tasks.running(), ["watcher"]);
        tasks.drain(PATIENCE).await.unwrap();
        ended.try_recv().expect("the drain came before the thread's end");
    }

    #[tokio::test]
    async fn a_child_stops_alone_and_its_parent_stops_it_too() {
        let root = root();
        let (yard, door) = (root.child(), root.child());
        for (group, name) in [(&yard, "yard"), (&door, "door")] {
            group.spawn(name, group.token().clone().cancelled_owned());
        }
        assert_eq!((root.running().len(), yard.running()), (2, vec!["yard".to_owned()]));
        yard.drain(PATIENCE).await.unwrap();
        assert_eq!(root.running(), ["door"]);
        assert!(!root.token().is_cancelled() && !door.token().is_cancelled());
        root.drain(PATIENCE).await.unwrap();
        assert!(door.token().is_cancelled() && door.running().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_stop_in_time_is_named_and_aborted() {
        let tasks = root();
        let deaf = tasks.child().spawn("deaf", std::future::pending::<()>());
        assert_eq!(tasks.drain(PATIENCE).await, Err(StillRunning(vec!["deaf".to_owned()])));
        assert!(matches!(deaf.join().await, Err(TaskError::Aborted { .. })));
        assert_eq!(tasks.drain(PATIENCE).await, Ok(()));
    }
}
