//! A real Chromium for tests and pictures, spoken to through two pipes (the `DevTools` protocol, one
//! JSON text after the other). Owns starting and ending it, and what a person does at a page: look,
//! tap, type. Must not know what a page means.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::temp::TempFolder;

/// How long a browser may say nothing on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the browser is called on different systems.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What went wrong, for the message of a test.
#[derive(Debug, thiserror::Error)]
#[error("the browser: {0}")]
pub struct BrowserError(String);

type Result<T> = std::result::Result<T, BrowserError>;

fn wrong(what: impl std::fmt::Display) -> BrowserError {
    BrowserError(what.to_string())
}

/// A browser with one page, and what happened in it.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    session: String,
    last_id: u64,
    _profile: TempFolder,
}

impl Browser {
    /// Where a browser is, if there is one on this machine.
    pub fn program() -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let places = NAMES.iter().flat_map(|name| folders.iter().map(move |dir| dir.join(name)));
        places.into_iter().find(|place| place.is_file())
    }

    /// Starts a browser with an empty profile and one blank page.
    ///
    /// # Errors
    /// When it does not start.
    pub fn launch(program: &std::path::Path) -> Result<Self> {
        let profile = TempFolder::new().map_err(wrong)?;
        // The protocol's pipes are the descriptors 3 and 4, which a shell can point at our own.
        let script = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(program).args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-default-browser-check",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--remote-debugging-pipe",
        ]);
        // Whatever it writes is gone with its profile.
        command.env("TMPDIR", profile.path());
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(wrong)?;
        let input = child.stdin.take().ok_or_else(|| wrong("no way in"))?;
        let output = child.stdout.take().ok_or_else(|| wrong("no way out"))?;
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let mut text = Vec::new();
                match output.read_until(0, &mut text) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                text.pop();
                let message = serde_json::from_slice(&text).unwrap_or(Value::Null);
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        let (session, events) = (String::new(), VecDeque::new());
        let mut browser =
            Self { child, input, messages, events, session, last_id: 0, _profile: profile };
        browser.attach()?;
        Ok(browser)
    }

    fn attach(&mut self) -> Result<()> {
        let made = self.ask("Target.createTarget", &json!({"url": "about:blank"}))?;
        let target = made.get("targetId").cloned().unwrap_or_default();
        let ask = json!({"targetId": target, "flatten": true});
        let attached = self.ask("Target.attachToTarget", &ask)?;
        let session = attached.get("sessionId").and_then(Value::as_str).unwrap_or_default();
        session.clone_into(&mut self.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), &json!({}))?;
        }
        Ok(())
    }

    /// Sends a command of the protocol and waits for its answer; what happens meanwhile is kept.
    ///
    /// # Errors
    /// When the browser refuses it or is gone.
    pub fn ask(&mut self, method: &str, params: &Value) -> Result<Value> {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({"id": id, "method": method, "params": params});
        if !self.session.is_empty()
            && let Some(object) = message.as_object_mut()
        {
            object.insert("sessionId".to_owned(), self.session.as_str().into());
        }
        let mut text = message.to_string().into_bytes();
        text.push(0);
        self.input.write_all(&text).map_err(wrong)?;
        loop {
            let answer = self.next()?;
            if answer.get("id").and_then(Value::as_u64) != Some(id) {
                self.events.push_back(answer);
                continue;
            }
            return match answer.get("error") {
                Some(error) => Err(wrong(format!("{method}: {error}"))),
                None => Ok(answer.get("result").cloned().unwrap_or_default()),
            };
        }
    }

    fn next(&self) -> Result<Value> {
        self.messages.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => wrong("no answer in time"),
            RecvTimeoutError::Disconnected => wrong("it has gone"),
        })
    }

    /// Waits for an event of a page.
    fn wait_for(&mut self, method: &str) -> Result<()> {
        let is_it = |event: &Value| event.get("method").and_then(Value::as_str) == Some(method);
        if let Some(index) = self.events.iter().position(is_it) {
            self.events.remove(index);
            return Ok(());
        }
        loop {
            let event = self.next()?;
            if is_it(&event) {
                return Ok(());
            }
            self.events.push_back(event);
        }
    }

    /// Forgets what happened so far.
    pub fn forget(&mut self) {
        while let Ok(event) = self.messages.try_recv() {
            drop(event);
        }
        self.events.clear();
    }

    /// What the browser wrote to its console since it was last forgotten: errors and warnings, such
    /// as a broken policy. That an address answered with an error is the test's own to see.
    pub fn complaints(&mut self) -> Vec<String> {
        self.collect();
        let text = |event: &Value| {
            let params = event.get("params")?;
            match event.get("method")?.as_str()? {
                "Log.entryAdded" => {
                    let entry = params.get("entry")?;
                    let is_status = entry.get("source")?.as_str()? == "network";
                    let is_bad = matches!(entry.get("level")?.as_str()?, "error" | "warning");
                    (is_bad && !is_status).then(|| entry.to_string())
                }
                "Runtime.exceptionThrown" => Some(params.to_string()),
                _ => None,
            }
        };
        self.events.iter().filter_map(text).collect()
    }

    /// The addresses that were asked for since the browser was last told to forget.
    pub fn requests(&mut self) -> Vec<String> {
        self.collect();
        let url = |event: &Value| {
            let is_it = event.get("method")?.as_str()? == "Network.requestWillBeSent";
            let url = event.get("params")?.get("request")?.get("url")?.as_str()?;
            (is_it && !url.starts_with("data:")).then(|| url.to_owned())
        };
        self.events.iter().filter_map(url).collect()
    }

    fn collect(&mut self) {
        while let Ok(event) = self.messages.try_recv() {
            self.events.push_back(event);
        }
    }

    /// Makes the window as large as a telephone or a desk's screen.
    ///
    /// # Errors
    /// As [`Browser::ask`].
    pub fn resize(&mut self, width: u32, height: u32) -> Result<()> {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": width < 600});
        self.ask("Emulation.setDeviceMetricsOverride", &size).map(drop)
    }

    /// Forgets every cookie.
    ///
    /// # Errors
    /// As [`Browser::ask`].
    pub fn clear_cookies(&mut self) -> Result<()> {
        self.ask("Network.clearBrowserCookies", &json!({})).map(drop)
    }

    /// Opens an address and waits until its page is whole.
    ///
    /// # Errors
    /// When it does not come.
    pub fn open(&mut self, url: &str) -> Result<()> {
        self.forget();
        let answer = self.ask("Page.navigate", &json!({ "url": url }))?;
        if let Some(text) = answer.get("errorText") {
            return Err(wrong(format!("{url}: {text}")));
        }
        self.wait_for("Page.loadEventFired")
    }

    /// What a JavaScript expression says in the page.
    ///
    /// # Errors
    /// When it throws.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let ask = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.ask("Runtime.evaluate", &ask)?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            return Err(wrong(thrown));
        }
        let result = answer.get("result").and_then(|result| result.get("value"));
        Ok(result.cloned().unwrap_or_default())
    }

    /// The text of the page, as people read it.
    ///
    /// # Errors
    /// As [`Browser::evaluate`].
    pub fn text(&mut self) -> Result<String> {
        let text = self.evaluate("document.body.innerText")?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The path and query of the page.
    ///
    /// # Errors
    /// As [`Browser::evaluate`].
    pub fn address(&mut self) -> Result<String> {
        let text = self.evaluate("location.pathname + location.search")?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Taps an element where a finger would: in its middle, which nothing may cover.
    ///
    /// # Errors
    /// When there is no such element, or something lies above it.
    pub fn tap(&mut self, selector: &str) -> Result<()> {
        let place = self.evaluate(&format!(
            "(() => {{ const e = document.querySelector({selector:?});
            if (!e) return 'there is no ' + {selector:?} + ' at ' + location.pathname;
            e.scrollIntoView({{block: 'center', behavior: 'instant'}});
            const r = e.getBoundingClientRect();
            const x = r.x + r.width / 2, y = r.y + r.height / 2;
            const top = document.elementFromPoint(x, y);
            if (!top || !(e.contains(top) || top.contains(e)))
                return {selector:?} + ' is covered by ' + (top ? top.outerHTML : 'nothing');
            return [x, y]; }})()"
        ))?;
        let Some([x, y]) = place.as_array().map(Vec::as_slice) else { return Err(wrong(place)) };
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", &event)?;
        }
        Ok(())
    }

    /// Taps something that leads to another page, and waits until that is whole.
    ///
    /// # Errors
    /// As [`Browser::tap`], and when no page comes.
    pub fn follow(&mut self, selector: &str) -> Result<()> {
        self.forget();
        self.tap(selector)?;
        self.wait_for("Page.loadEventFired")
    }

    /// Types into a field, in place of what was there.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn write(&mut self, selector: &str, text: &str) -> Result<()> {
        let focus = format!(
            "(() => {{ const e = document.querySelector({selector:?}); if (!e) return false;
            e.focus(); e.value = ''; return true; }})()"
        );
        if self.evaluate(&focus)? != Value::Bool(true) {
            let here = self.address()?;
            return Err(wrong(format!("there is no {selector} at {here}")));
        }
        self.ask("Input.insertText", &json!({ "text": text })).map(drop)
    }

    /// Chooses a file of this machine in a field for files.
    ///
    /// # Errors
    /// When there is no such field.
    pub fn choose_file(&mut self, selector: &str, file: &str) -> Result<()> {
        let document = self.ask("DOM.getDocument", &json!({"depth": 0}))?;
        let root =
            document.get("root").and_then(|root| root.get("nodeId")).cloned().unwrap_or_default();
        let ask = json!({"nodeId": root, "selector": selector});
        let found = self.ask("DOM.querySelector", &ask)?;
        let node = found.get("nodeId").cloned().unwrap_or_default();
        let ask = json!({"files": [file], "nodeId": node});
        self.ask("DOM.setFileInputFiles", &ask).map(drop)
    }

    /// A picture of the whole page, as PNG.
    ///
    /// # Errors
    /// As [`Browser::ask`].
    pub fn picture(&mut self) -> Result<Vec<u8>> {
        self.shot(true)
    }

    /// A picture of what stands in the window, as PNG.
    ///
    /// # Errors
    /// As [`Browser::ask`].
    pub fn view(&mut self) -> Result<Vec<u8>> {
        self.shot(false)
    }

    fn shot(&mut self, is_whole: bool) -> Result<Vec<u8>> {
        let ask = json!({"format": "png", "captureBeyondViewport": is_whole});
        let answer = self.ask("Page.captureScreenshot", &ask)?;
        let text = answer.get("data").and_then(Value::as_str).unwrap_or_default();
        Ok(from_base64(text))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Whatever it is doing: its profile goes next.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    };
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for value in text.bytes().filter_map(digit) {
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::from_base64;

    /// Goal: pictures arrive as they were taken. Method: the vectors of RFC 4648.
    #[test]
    fn base64_follows_the_rfc() {
        for (coded, plain) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(from_base64(coded), plain.as_bytes());
        }
    }
}
