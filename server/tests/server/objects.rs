//! The store of recordings: a folder, a bucket and memory keep one contract.

use axum::body::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use loaban_server::config;
use loaban_server::objects::{Key, Objects};
use object_store::GetRange;
use programme::ids::{ContentHash, UploadId};
use tempfile::TempDir;

use crate::bucket;

/// One store of each kind, and the folder of the one that is a folder.
async fn stores() -> (Vec<(&'static str, Objects)>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config::load(None, []).unwrap().config;
    config.objects.url = format!("file:{}", folder.path().join("objects").display());
    let in_folder = Objects::open(&config).unwrap();
    config.objects.url = "s3://loa/xa/coc-san".to_owned();
    config.objects.s3_endpoint = bucket::start().await;
    config.objects.s3_access_key_id = "loa".to_owned();
    config.objects.s3_secret_access_key = "ban".to_owned();
    config.objects.s3_allow_http = true;
    let in_bucket = Objects::open(&config).unwrap();
    let stores = vec![
        ("memory", Objects::in_memory()),
        ("folder", in_folder),
        ("bucket", in_bucket),
    ];
    (stores, folder)
}

fn key(content: &[u8]) -> Key {
    Key::Recording(ContentHash::of(content))
}

async fn read(store: &Objects, key: &Key, range: Option<GetRange>) -> Vec<u8> {
    let found = store.get(key, range).await.unwrap();
    let pieces: Vec<Bytes> = found.bytes.try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn what_is_put_is_there_whole_and_in_part_until_it_is_removed() {
    for (name, store) in stores().await.0 {
        let key = key(b"0123456789");
        assert_eq!(store.size_bytes(&key).await.unwrap(), None, "{name}");
        store
            .put(&key, Bytes::from_static(b"0123456789"))
            .await
            .unwrap();
        assert_eq!(store.size_bytes(&key).await.unwrap(), Some(10), "{name}");
        assert_eq!(read(&store, &key, None).await, b"0123456789", "{name}");
        let found = store
            .get(&key, Some(GetRange::Bounded(3..7)))
            .await
            .unwrap();
        assert_eq!(
            (found.size_bytes, found.range.clone()),
            (10, 3..7),
            "{name}"
        );
        assert_eq!(
            read(&store, &key, Some(GetRange::Bounded(3..7))).await,
            b"3456",
            "{name}"
        );
        store.delete(&key).await.unwrap();
        assert_eq!(store.size_bytes(&key).await.unwrap(), None, "{name}");
        let gone = store.get(&key, None).await.err().unwrap();
        assert!(
            matches!(gone, object_store::Error::NotFound { .. }),
            "{name}: {gone}"
        );
    }
}

#[tokio::test]
async fn removing_what_is_not_there_is_no_error() {
    for (name, store) in stores().await.0 {
        assert!(store.delete(&key(b"nothing")).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn of_two_pieces_for_one_place_the_first_stays() {
    for (name, store) in stores().await.0 {
        let upload = UploadId::from_random([7; 10]);
        let key = Key::Upload {
            upload,
            offset: 65_536,
            attempt: 1,
        };
        assert!(
            store
                .put_new(&key, Bytes::from_static(b"first"))
                .await
                .unwrap(),
            "{name}"
        );
        assert!(
            !store
                .put_new(&key, Bytes::from_static(b"second"))
                .await
                .unwrap(),
            "{name}"
        );
        assert_eq!(read(&store, &key, None).await, b"first", "{name}");
    }
}

#[tokio::test]
async fn a_long_stream_arrives_in_one_piece() {
    for (name, store) in stores().await.0 {
        let pieces: Vec<Bytes> = (0..13_u8)
            .map(|byte| vec![byte; 1_000_000].into())
            .collect();
        let whole = pieces.concat();
        let key = key(&whole);
        let stream = stream::iter(pieces.into_iter().map(Ok)).boxed();
        assert_eq!(
            store.put_stream(&key, stream).await.unwrap(),
            13_000_000,
            "{name}"
        );
        assert!(read(&store, &key, None).await == whole, "{name}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_leaves_nothing() {
    for (name, store) in stores().await.0 {
        let key = key(b"broken");
        let broken = Err(object_store::Error::Generic {
            store: "phone",
            source: "the connection is gone".into(),
        });
        let stream = stream::iter([Ok(Bytes::from(vec![1; 6_000_000])), broken]).boxed();
        assert!(store.put_stream(&key, stream).await.is_err(), "{name}");
        assert_eq!(store.size_bytes(&key).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn a_backup_finds_recordings_and_originals_and_no_half_uploads() {
    for (name, store) in stores().await.0 {
        let (recording, original) = (ContentHash::of(b"r"), ContentHash::of(b"original"));
        let upload = UploadId::from_random([1; 10]);
        let keys = [Key::Recording(recording), Key::Original(original)];
        for key in keys.iter().chain([&Key::Upload {
            upload,
            offset: 0,
            attempt: 1,
        }]) {
            store.put(key, Bytes::from_static(b"sound")).await.unwrap();
        }
        let listed: Vec<(String, u64)> = store.list_kept().try_collect().await.unwrap();
        assert_eq!(listed.len(), 2, "{name}: {listed:?}");
        for (object, size_bytes) in listed {
            assert_eq!(size_bytes, 5, "{name}");
            assert!(
                keys.contains(&Key::from_name(&object).unwrap()),
                "{name}: {object}"
            );
        }
    }
}

#[tokio::test]
async fn a_store_that_works_answers_the_probe_and_keeps_nothing_of_it() {
    let (stores, folder) = stores().await;
    for (name, store) in &stores {
        assert!(store.probe("stamp").await.is_ok(), "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path().join("objects/probe"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_bucket_that_is_not_reached_is_an_error_and_not_a_panic() {
    let mut config = config::load(None, []).unwrap().config;
    config.objects.url = "s3://loa".to_owned();
    config.objects.s3_endpoint = "http://127.0.0.1:9".to_owned();
    config.objects.s3_allow_http = true;
    let store = Objects::open(&config).unwrap();
    let reached = tokio::time::timeout(std::time::Duration::from_secs(60), store.probe("stamp"));
    assert!(reached.await.is_ok_and(|probed| probed.is_err()));
    config.objects.url = "ftp://loa".to_owned();
    assert!(
        Objects::open(&config)
            .unwrap_err()
            .to_string()
            .contains("file: or s3://")
    );
}
