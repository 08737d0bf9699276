//! Pictures on both engines: one row for one content, and only pictures.

use verger_app::pictures::{PictureError, StoredPicture, UploadError};
use verger_app::{App, AppError, PictureSize};
use verger_domain::codec;
use verger_domain::id::VillageId;
use verger_domain::market::listing::Photo;
use verger_sim::village::{open_app, settle};

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);

/// One pixel.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0,
    0, 0, 31, 21, 196, 137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 218, 99, 100, 248, 207, 80, 15, 0, 3,
    134, 1, 128, 90, 52, 125, 107, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn store(app: &App, upload: &[u8]) -> Result<StoredPicture, UploadError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(app.store_picture(VILLAGE, upload.to_vec()))
}

fn look(app: &App, photo: Photo, size: PictureSize) -> Option<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(app.picture(VILLAGE, photo, size)).unwrap()
}

/// Goal: a picture is named by its content and stored once, in both sizes, beside the lanes.
/// Method: the same file twice and from four threads at once; rows are counted by an archive.
#[test]
fn a_picture_is_stored_once() {
    let mut engines = Engines::start();
    for (engine, place) in engines.stores() {
        let (app, _) = open_app(place.clone()).unwrap();
        settle(&app, VILLAGE, "county", 1).unwrap();
        let first = store(&app, PNG).unwrap();
        assert_eq!(store(&app, PNG).unwrap(), first, "{engine}");
        std::thread::scope(|scope| {
            let at_once: Vec<_> = (0..4).map(|_| scope.spawn(|| store(&app, PNG))).collect();
            for stored in at_once {
                assert_eq!(stored.join().unwrap().unwrap(), first, "{engine}");
            }
        });
        let page = look(&app, first.photo, PictureSize::Page).unwrap();
        assert_eq!(codec::sha256(&page), first.photo.0, "{engine}: the name is the digest");
        assert!(page.starts_with(&[0xff, 0xd8]), "a JPEG file");
        assert!(look(&app, first.photo, PictureSize::Thumb).is_some());
        assert_eq!(look(&app, Photo([0; 32]), PictureSize::Page), None);
        app.close();
        let sizes = "select count(*) from picture";
        engines_count(&engines, &place, sizes);
    }
}

/// The check of a count is the statement itself: it fails where there are not two rows.
fn engines_count(engines: &Engines, store: &verger_store::Store, count: &str) {
    let sqlite = format!("create table two (n integer check (n = 2)); insert into two {count};");
    engines.sql(store, &sqlite, &sqlite);
}

/// Goal: what is no picture is refused with its own name, and a village must be there.
#[test]
fn only_pictures_are_stored() {
    let mut engines = Engines::start();
    let (app, _) = open_app(engines.sqlite()).unwrap();
    let missing = store(&app, PNG);
    assert!(matches!(missing, Err(UploadError::App(AppError::VillageUnknown { .. }))));
    settle(&app, VILLAGE, "county", 1).unwrap();
    for upload in [b"".as_slice(), b"<svg/>", &PNG[..40]] {
        match store(&app, upload) {
            Err(UploadError::Picture(error)) => {
                let is_cut = upload.len() == 40;
                assert_eq!(matches!(error, PictureError::Broken(_)), is_cut, "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
    app.close();
}
