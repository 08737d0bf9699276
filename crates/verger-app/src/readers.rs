//! A few reading connections on threads of their own, so that questions never wait for the lanes.
//! Owns the pool; the questions are the store's.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use verger_store::{Class, Reader, Store, StoreError};

use crate::error::AppError;

type Question = Box<dyn FnOnce(&mut Reader) -> Option<Class> + Send>;

/// The pool. Dropping it ends its threads.
pub(crate) struct Readers {
    questions: Option<Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn open(store: &Store, count: usize) -> Result<Self, StoreError> {
        let (questions, inbox) = channel::<Question>();
        let inbox = Arc::new(Mutex::new(inbox));
        let mut threads = Vec::with_capacity(count);
        for _ in 0..count {
            let (reader, store, inbox) = (store.reader()?, store.clone(), Arc::clone(&inbox));
            threads.push(std::thread::spawn(move || serve(&inbox, reader, &store)));
        }
        Ok(Self { questions: Some(questions), threads })
    }

    /// Sends a question; the answer comes through the receiver, out of one state of the books.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, AppError>> {
        let (reply, answer) = oneshot::channel();
        let boxed: Question = Box::new(move |reader| {
            let answer = reader.at_once(question);
            let class = answer.as_ref().err().map(StoreError::class);
            // The asker may have gone away.
            let _ = reply.send(answer.map_err(AppError::Store));
            class
        });
        if let Some(questions) = &self.questions {
            // A closed pool drops the question, and the asker hears that the answer is gone.
            let _ = questions.send(boxed);
        }
        answer
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.questions = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a reader thread panicked");
            }
        }
    }
}

fn serve(inbox: &Mutex<Receiver<Question>>, mut reader: Reader, store: &Store) {
    loop {
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(question) = next else { return };
        // After a lost connection the next question gets a fresh one.
        if question(&mut reader) == Some(Class::Unknown)
            && let Ok(fresh) = store.reader()
        {
            reader = fresh;
        }
    }
}
