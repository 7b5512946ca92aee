//! An object store in a folder, for tests and measurements. Creating is atomic, and so is replacing; there is
//! one writer.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use collect::ports::export::{Created, Object, Objects, Span, Tag, Upload};
use collect::ports::{PortError, SnapshotFiles};

/// The folder.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The store below `root`, which is made when something is stored.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    fn load(&self, key: &str) -> std::io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(key)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            bytes => bytes.map(Some),
        }
    }

    fn create_new(&self, key: &str, bytes: &[u8]) -> std::io::Result<Created> {
        let path = self.path(key);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Created::Exists),
            file => file.and_then(|mut file| file.write_all(bytes)).map(|()| Created::New),
        }
    }

    fn read_span(&self, key: &str, span: &Span) -> std::io::Result<(Vec<u8>, u64)> {
        let mut file = fs::File::open(self.path(key))?;
        let size = file.metadata()?.len();
        let (begin, end) = match span {
            Span::Of(range) => (range.start.min(size), range.end.min(size)),
            Span::Last(bytes) => (size.saturating_sub(*bytes), size),
        };
        file.seek(SeekFrom::Start(begin))?;
        let mut bytes = vec![0; usize::try_from(end - begin).unwrap_or_default()];
        file.read_exact(&mut bytes)?;
        Ok((bytes, size))
    }

    fn error(&self, key: &str, error: &std::io::Error) -> PortError {
        PortError::Unavailable { what: self.path(key).display().to_string(), why: error.to_string() }
    }
}

/// The version of some content: any function that differs where the content does.
fn tag(bytes: &[u8]) -> Tag {
    use sha2::Digest;
    Tag(crate::output::hex(&sha2::Sha256::digest(bytes)))
}

impl SnapshotFiles for Folder {
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        self.load(key).map_err(|error| self.error(key, &error))
    }
}

impl Objects for Folder {
    type Upload = Gathered;

    async fn get(&self, key: &str) -> Result<Option<Object>, PortError> {
        let bytes = self.load(key).map_err(|error| self.error(key, &error))?;
        Ok(bytes.map(|bytes| Object { tag: tag(&bytes), bytes }))
    }

    async fn span(&self, key: &str, span: Span) -> Result<(Vec<u8>, u64), PortError> {
        self.read_span(key, &span).map_err(|error| self.error(key, &error))
    }

    async fn create(&self, key: &str, bytes: &[u8]) -> Result<Created, PortError> {
        self.create_new(key, bytes).map_err(|error| self.error(key, &error))
    }

    async fn upload(&self, key: &str) -> Result<Gathered, PortError> {
        Ok(Gathered { folder: self.clone(), key: key.to_owned(), bytes: Vec::new() })
    }

    async fn replace(&self, key: &str, bytes: &[u8], expected: Option<&Tag>) -> Result<bool, PortError> {
        let standing = self.load(key).map_err(|error| self.error(key, &error))?;
        if standing.as_deref().map(tag).as_ref() != expected {
            return Ok(false);
        }
        let path = self.path(key);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        written.map(|()| true).map_err(|error| self.error(key, &error))
    }
}

/// An object that is being written, in memory.
#[derive(Debug)]
pub struct Gathered {
    folder: Folder,
    key: String,
    bytes: Vec<u8>,
}

impl Upload for Gathered {
    async fn push(&mut self, bytes: Vec<u8>) -> Result<(), PortError> {
        self.bytes.extend(bytes);
        Ok(())
    }

    async fn finish(self) -> Result<Created, PortError> {
        self.folder.create(&self.key, &self.bytes).await
    }
}
