//! A small HTTP/1.1 client for load and tests: one kept-alive connection, plain requests. Owns what
//! the load driver needs and nothing more; it must cost little beside the server it measures.

use std::fmt::Write as _;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header lines, lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON, or null when it is not.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A connection to one server.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Client {
    /// Connects; `token` may be empty.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn connect(address: SocketAddr, token: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    /// Acts with another token from now on.
    pub fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Posts a JSON body with one more header line, such as a signature.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn post_signed(
        &mut self,
        path: &str,
        (name, value): (&str, &str),
        body: &[u8],
    ) -> std::io::Result<Answer> {
        self.send("POST", path, &format!("{name}: {value}\r\n"), body).await
    }

    /// Asks for a resource.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn get(&mut self, path: &str) -> std::io::Result<Answer> {
        self.send("GET", path, "", &[]).await
    }

    /// The same with more header lines, each ended.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_with(&mut self, path: &str, more: &str) -> std::io::Result<Answer> {
        self.send("GET", path, more, &[]).await
    }

    /// Posts a JSON body under an idempotency key.
    ///
    /// # Errors
    /// When the connection breaks: the outcome is then unknown, and the same key finds it out.
    pub async fn post(&mut self, path: &str, key: &str, body: &[u8]) -> std::io::Result<Answer> {
        self.send("POST", path, &format!("idempotency-key: {key}\r\n"), body).await
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        more: &str,
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        if !self.token.is_empty() {
            let _ = write!(request, "authorization: Bearer {}\r\n", self.token);
        }
        request.push_str(more);
        if !body.is_empty() || method == "POST" {
            let length = body.len();
            let _ =
                write!(request, "content-type: application/json\r\ncontent-length: {length}\r\n");
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        self.stream.get_mut().write_all(&bytes).await?;
        self.read().await
    }

    async fn read(&mut self) -> std::io::Result<Answer> {
        let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let status_line = self.line().await?;
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(broken)?;
        let (mut headers, mut length, mut is_chunked) = (Vec::new(), 0, false);
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else { break };
            let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
            if name == "content-length" {
                length = value.parse().map_err(|_| broken())?;
            }
            is_chunked |= name == "transfer-encoding";
            headers.push((name, value));
        }
        let body = if is_chunked { self.chunks().await? } else { self.bytes(length).await? };
        Ok(Answer { status, headers, body })
    }

    async fn chunks(&mut self) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let length = usize::from_str_radix(&line, 16)
                .map_err(|_| std::io::Error::from(std::io::ErrorKind::InvalidData))?;
            body.extend(self.bytes(length).await?);
            self.line().await?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    async fn bytes(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(body)
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        Ok(line.trim_end().to_owned())
    }
}
