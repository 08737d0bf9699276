//! Pictures that people upload: made small, stored by their content, given a name. Owns how many are
//! worked on at once; what a picture may be is the paper crate's, and the journal knows only digests.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use verger_domain::id::{CellId, VillageId};
use verger_domain::market::listing::Photo;
use verger_paper::picture::Picture;
use verger_store::{Class, PictureSize, Store, StoreError, Writer};

pub use verger_paper::picture::{PictureError, UPLOAD_BYTES_MAX};

use crate::App;
use crate::error::AppError;

/// The most uploads that wait: each keeps its bytes in memory.
const WAITING_MAX: usize = 8;

/// How often storing is tried while a lane keeps the database busy; each try is patient by itself.
const TRIES: u32 = 3;

/// Where pictures are worked on, one at a time: a large one takes half a gigabyte.
pub(crate) struct Desk {
    /// The connection, opened with the first picture.
    writer: Arc<Mutex<Option<Writer>>>,
    places: Semaphore,
}

impl Default for Desk {
    fn default() -> Self {
        Self { writer: Arc::default(), places: Semaphore::new(WAITING_MAX) }
    }
}

/// A picture that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredPicture {
    /// Its name: what listings and disputes refer to.
    pub photo: Photo,
    /// What it looks like, in 64 bits, to notice a photo that is used twice.
    pub fingerprint: u64,
}

/// Why a picture is not stored.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file is not a picture that is taken.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// It cannot be stored right now.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl App {
    /// Makes a picture out of an uploaded file and stores it under the digest of what came out.
    /// Storing the same file again changes nothing and gives the same name.
    ///
    /// # Errors
    /// [`UploadError::Picture`] when the file is none; [`AppError::Busy`] when too many wait.
    pub async fn store_picture(
        &self,
        village: VillageId,
        upload: Vec<u8>,
    ) -> Result<StoredPicture, UploadError> {
        let cell = self.cell_of(village)?;
        let desk = &self.inner.pictures;
        let _place = desk.places.try_acquire().map_err(|_| AppError::Busy)?;
        // The guard goes along to the thread, so that an impatient client frees no place early.
        let writer = Arc::clone(&desk.writer).lock_owned().await;
        let store = self.inner.store.clone();
        let work = move || {
            let picture = Picture::from_upload(&upload)?;
            drop(upload);
            keep(writer, &store, (cell, village), &picture)?;
            let fingerprint = picture.fingerprint.bits();
            Ok(StoredPicture { photo: Photo(picture.digest), fingerprint })
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| {
            let incident = self.new_id();
            tracing::error!(%error, %incident, "a picture was not worked on to its end");
            Err(AppError::Incident { incident }.into())
        })
    }

    /// A stored picture as a JPEG file, if there is one of this name.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub async fn picture(
        &self,
        village: VillageId,
        photo: Photo,
        size: PictureSize,
    ) -> Result<Option<Vec<u8>>, AppError> {
        self.ask(village, move |reader, cell| reader.picture((cell, village), &photo.0, size)).await
    }
}

/// Stores both sizes; opens the connection if there is none, and anew after it was lost.
fn keep(
    mut connection: OwnedMutexGuard<Option<Writer>>,
    store: &Store,
    place: (CellId, VillageId),
    picture: &Picture,
) -> Result<(), StoreError> {
    let sizes = [
        (PictureSize::Page, picture.page.bytes.as_slice()),
        (PictureSize::Thumb, picture.thumb.bytes.as_slice()),
    ];
    let mut left = TRIES;
    loop {
        let mut writer = match connection.take() {
            Some(writer) => writer,
            None => store.writer()?,
        };
        let stored = writer.store_picture(place, &picture.digest, &sizes);
        left = left.saturating_sub(1);
        match stored {
            Ok(()) => {
                *connection = Some(writer);
                return Ok(());
            }
            // It is named by its content, so that also an unknown outcome may be tried again, on a
            // fresh connection.
            Err(error) if left > 0 && matches!(error.class(), Class::Retry | Class::Unknown) => {}
            Err(error) => return Err(error),
        }
    }
}
