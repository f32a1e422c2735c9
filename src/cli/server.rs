//! `aiolift server`: the engine in an editor, over the Language Server Protocol.
//!
//! Sites are diagnostics while one types, each with a quick fix where it can be rewritten; the
//! whole file has a fix, too; hovering tells what `aiolift explain` tells. The unsaved texts of the
//! editor stand for their files. Messages go over stdin and stdout.

mod answers;
mod documents;
mod positions;
mod workspace;

use super::args::{self, Selection};
use super::{ExitCode, Stop};
use crate::report::{Outlook, Report};
use crate::step::PREFIX;
use documents::{Document, path_of};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, LogMessage, Notification as _,
    PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{
    CodeActionRequest, HoverRequest, RegisterCapability, Request as _, Shutdown,
};
use lsp_types::{
    CodeActionKind, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern,
    LogMessageParams, MessageType, PublishDiagnosticsParams, Registration, RegistrationParams,
    ShowMessageParams, TextDocumentSyncKind,
};
use positions::Unit;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use workspace::{Wanted, Workspace};

/// What a client may send with `initialize`; the names are those of the settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Settings {
    select: Option<Vec<String>>,
    skip: Option<Vec<String>>,
    r#unsafe: Option<bool>,
    asyncify: Option<bool>,
    target_version: Option<String>,
}

/// Files of which a change may decide about sites in others.
const WATCHED: &[&str] = &[
    "**/*.py",
    "**/pyproject.toml",
    "**/aiolift.toml",
    "**/setup.cfg",
    "**/setup.py",
    "**/requirements*.txt",
    "**/Pipfile",
];

/// Serves one client until it says goodbye.
pub(super) fn serve(command: &args::Server) -> Result<ExitCode, Stop> {
    let selection = Selection {
        select: command.select.clone(),
        skip: command.skip.clone(),
        allow_unsafe: command.allow_unsafe,
        asyncify: command.asyncify,
        target_version: command.target_version.clone(),
        // An editor opens what it is shown: no code of it is run.
        given: args::Given {
            without_steps: true,
            ..args::Given::default()
        },
        ..Selection::default()
    };
    let (connection, threads) = Connection::stdio();
    let code = converse(&connection, &selection)?;
    drop(connection);
    threads.join().map_err(broken)?;
    Ok(code)
}

fn broken(error: impl std::fmt::Display) -> Stop {
    Stop::Usage(format!("The client broke the protocol: {error}."))
}

fn converse(connection: &Connection, selection: &Selection) -> Result<ExitCode, Stop> {
    let (id, mut params) = match connection.initialize_start() {
        Ok(begun) => begun,
        Err(error) if error.channel_is_disconnected() => return Ok(ExitCode::from(1)),
        Err(error) => return Err(broken(error)),
    };
    let unit = Unit::of(&params);
    let answer = json!({
        "capabilities": capabilities(unit),
        "serverInfo": {"name": "aiolift", "version": env!("CARGO_PKG_VERSION")},
    });
    connection.initialize_finish(id, answer).map_err(broken)?;
    let (sender, messages) = channel();
    let receiver = connection.receiver.clone();
    // The connection hands one message over at a time; what comes behind it is to be seen, too.
    std::thread::spawn(move || {
        for message in receiver {
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    let mut server = Server {
        connection,
        messages,
        workspace: Workspace::new(selection.clone()),
        documents: BTreeMap::new(),
        found: BTreeMap::new(),
        stale: BTreeSet::new(),
        complaints: BTreeSet::new(),
        unit,
        versions_edits: can(&params, "workspaceEdit/documentChanges"),
        waiting: VecDeque::new(),
        is_shut_down: false,
        next: 0,
    };
    server.configure(params.get_mut("initializationOptions").map(Value::take));
    server.watch(&params);
    server.run()
}

/// What the server can do, as `ServerCapabilities` of the protocol.
fn capabilities(unit: Unit) -> Value {
    json!({
        "positionEncoding": unit.kind(),
        "textDocumentSync": {
            "openClose": true,
            "change": TextDocumentSyncKind::INCREMENTAL,
            "save": {"includeText": false},
        },
        "hoverProvider": true,
        "codeActionProvider": {
            "codeActionKinds": [CodeActionKind::QUICKFIX, answers::FIX_ALL],
        },
    })
}

/// Whether a client can do something with its workspace: a path below `capabilities.workspace` of
/// `InitializeParams`, of which nothing else is read, as clients differ in the rest.
fn can(client: &Value, what: &str) -> bool {
    let found = client.pointer(&format!("/capabilities/workspace/{what}"));
    found.and_then(Value::as_bool) == Some(true)
}

/// What was found in a text of a version.
struct Found {
    version: i32,
    report: Report,
    outlook: Outlook,
}

struct Server<'c> {
    connection: &'c Connection,
    /// What the client sends.
    messages: Receiver<Message>,
    workspace: Workspace,
    /// By the text of their addresses.
    documents: BTreeMap<String, Document>,
    found: BTreeMap<String, Found>,
    /// The documents about which the client does not know the newest yet.
    stale: BTreeSet<String>,
    /// What the user was told already.
    complaints: BTreeSet<String>,
    unit: Unit,
    versions_edits: bool,
    /// What the client has sent and has not been dealt with.
    waiting: VecDeque<Message>,
    /// The client has said goodbye.
    is_shut_down: bool,
    /// The number of the next request of ours.
    next: i32,
}

impl Server<'_> {
    fn run(mut self) -> Result<ExitCode, Stop> {
        loop {
            // Whatever is typed meanwhile comes first.
            let message = match self.received() {
                Some(message) => message,
                None if !self.stale.is_empty() => {
                    self.refresh()?;
                    continue;
                }
                None => match self.messages.recv() {
                    Ok(message) => message,
                    // The client is gone, perhaps without a goodbye.
                    Err(_) => return Ok(self.exit_code()),
                },
            };
            match message {
                Message::Request(request) if self.is_shut_down => {
                    let message = "the server is shut down".to_owned();
                    let code = ErrorCode::InvalidRequest as i32;
                    self.send(Response::new_err(request.id, code, message))?;
                }
                Message::Request(request) if request.method == Shutdown::METHOD => {
                    self.is_shut_down = true;
                    self.stale.clear();
                    self.send(Response::new_ok(request.id, Value::Null))?;
                }
                Message::Request(request) => self.answer(request)?,
                Message::Notification(notification) if notification.method == Exit::METHOD => {
                    return Ok(self.exit_code());
                }
                Message::Notification(_) if self.is_shut_down => {}
                Message::Notification(notification) => self.notice(notification)?,
                Message::Response(_) => {}
            }
        }
    }

    /// What the process ends with: 0 after a goodbye.
    fn exit_code(&self) -> ExitCode {
        if self.is_shut_down {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        }
    }

    /// The next message that is there. A request that the client has taken back meanwhile is
    /// answered with that.
    fn received(&mut self) -> Option<Message> {
        self.waiting.extend(self.messages.try_iter());
        while let Some(message) = self.waiting.pop_front() {
            match &message {
                Message::Request(request) if self.is_taken_back(&request.id) => {
                    let code = ErrorCode::RequestCanceled as i32;
                    let answer =
                        Response::new_err(request.id.clone(), code, "cancelled".to_owned());
                    // A client that is gone is noticed when the next message is asked for.
                    drop(self.send(answer));
                }
                _ => return Some(message),
            }
        }
        None
    }

    fn is_taken_back(&self, id: &RequestId) -> bool {
        self.waiting.iter().any(|message| match message {
            Message::Notification(other) if other.method == Cancel::METHOD => {
                let other = other.params.get("id").cloned();
                let other = other.map(serde_json::from_value::<RequestId>);
                matches!(other, Some(Ok(other)) if other == *id)
            }
            _ => false,
        })
    }

    fn send(&self, message: impl Into<Message>) -> Result<(), Stop> {
        let sent = self.connection.sender.send(message.into());
        sent.map_err(|_| Stop::ClosedPipe)
    }

    fn notify<N: lsp_types::notification::Notification>(
        &self,
        params: N::Params,
    ) -> Result<(), Stop> {
        self.send(Notification::new(N::METHOD.to_owned(), params))
    }

    /// Tells the user something, once.
    fn complain(&mut self, message: &str) -> Result<(), Stop> {
        if !self.complaints.insert(message.to_owned()) {
            return Ok(());
        }
        self.notify::<ShowMessage>(ShowMessageParams {
            typ: MessageType::ERROR,
            message: format!("aiolift: {message}"),
        })
    }

    /// Takes the client's settings over.
    fn configure(&mut self, options: Option<Value>) {
        let options = options.filter(|options| !options.is_null());
        let mut settings = match options.map(serde_json::from_value::<Settings>) {
            None => return,
            Some(Ok(settings)) => settings,
            Some(Err(error)) => {
                drop(self.complain(&format!("the initialization options are wrong: {error}")));
                return;
            }
        };
        // They may be those of the project that is open, whose code is not run.
        let steps = settings.select.iter_mut();
        let steps = steps.flat_map(|select| select.extract_if(.., |name| name.starts_with(PREFIX)));
        for step in steps.collect::<Vec<_>>() {
            let why = "a step in Python runs only if it is named on the command line of the server";
            drop(self.complain(&format!("`{step}` is left out: {why}")));
        }
        let selection = self.workspace.selection();
        selection.select.extend(settings.select.unwrap_or_default());
        selection.skip.extend(settings.skip.unwrap_or_default());
        selection.allow_unsafe |= settings.r#unsafe.unwrap_or_default();
        selection.asyncify |= settings.asyncify.unwrap_or_default();
        if settings.target_version.is_some() {
            selection.target_version = settings.target_version;
        }
    }

    /// Asks to be told of changes on the disk.
    fn watch(&mut self, client: &Value) {
        if !can(client, "didChangeWatchedFiles/dynamicRegistration") {
            return;
        }
        let watchers = WATCHED.iter().map(|pattern| FileSystemWatcher {
            glob_pattern: GlobPattern::String((*pattern).to_owned()),
            kind: None,
        });
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: watchers.collect(),
        };
        let registration = Registration {
            id: "aiolift-files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams {
            registrations: vec![registration],
        };
        let id = RequestId::from(self.next);
        self.next += 1;
        let method = RegisterCapability::METHOD.to_owned();
        drop(self.send(Request::new(id, method, params)));
    }

    fn notice(&mut self, notification: Notification) -> Result<(), Stop> {
        match notification.method.as_str() {
            DidOpenTextDocument::METHOD => {
                let Some(params) = self.params::<DidOpenTextDocument>(notification)? else {
                    return Ok(());
                };
                let document = params.text_document;
                let key = document.uri.as_str().to_owned();
                let path = path_of(&document.uri).unwrap_or_else(|| PathBuf::from("untitled.py"));
                let opened = Document::new(document.uri, document.version, path, document.text);
                self.documents.insert(key.clone(), opened);
                self.stale.insert(key);
            }
            DidChangeTextDocument::METHOD => {
                let Some(params) = self.params::<DidChangeTextDocument>(notification)? else {
                    return Ok(());
                };
                let key = params.text_document.uri.as_str().to_owned();
                if let Some(document) = self.documents.get_mut(&key) {
                    let version = params.text_document.version;
                    document.change(version, params.content_changes, self.unit);
                    self.stale.insert(key);
                }
            }
            DidCloseTextDocument::METHOD => {
                let Some(params) = self.params::<DidCloseTextDocument>(notification)? else {
                    return Ok(());
                };
                let uri = params.text_document.uri;
                self.documents.remove(uri.as_str());
                self.found.remove(uri.as_str());
                self.stale.remove(uri.as_str());
                self.workspace.forget();
                self.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
                    uri,
                    diagnostics: Vec::new(),
                    version: None,
                })?;
            }
            // What is saved may decide about sites in the other texts.
            DidSaveTextDocument::METHOD => {
                self.workspace.forget();
                self.complaints.clear();
                self.look_again();
            }
            DidChangeWatchedFiles::METHOD => {
                let Some(params) = self.params::<DidChangeWatchedFiles>(notification)? else {
                    return Ok(());
                };
                let open = |uri: &lsp_types::Uri| self.documents.contains_key(uri.as_str());
                if !params.changes.iter().all(|change| open(&change.uri)) {
                    self.workspace.forget();
                    self.complaints.clear();
                }
                self.look_again();
            }
            _ => {}
        }
        Ok(())
    }

    /// What is known about the open texts is not true any more.
    fn look_again(&mut self) {
        self.found.clear();
        self.stale.extend(self.documents.keys().cloned());
    }

    fn params<N: lsp_types::notification::Notification>(
        &self,
        notification: Notification,
    ) -> Result<Option<N::Params>, Stop>
    where
        N::Params: DeserializeOwned,
    {
        match serde_json::from_value(notification.params) {
            Ok(params) => Ok(Some(params)),
            Err(error) => {
                self.notify::<LogMessage>(LogMessageParams {
                    typ: MessageType::ERROR,
                    message: format!("{}: {error}", notification.method),
                })?;
                Ok(None)
            }
        }
    }

    fn answer(&mut self, request: Request) -> Result<(), Stop> {
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            HoverRequest::METHOD => match serde_json::from_value(params) {
                Ok(params) => json_of(self.hover(&params)?),
                Err(error) => Err((ErrorCode::InvalidParams, error.to_string())),
            },
            CodeActionRequest::METHOD => match serde_json::from_value(params) {
                Ok(params) => json_of(self.actions(&params)?),
                Err(error) => Err((ErrorCode::InvalidParams, error.to_string())),
            },
            other => Err((
                ErrorCode::MethodNotFound,
                format!("`{other}` is not supported"),
            )),
        };
        self.send(match answer {
            Ok(result) => Response::new_ok(id, result),
            Err((code, message)) => Response::new_err(id, code as i32, message),
        })
    }

    /// Tells the client what is new about one document.
    fn refresh(&mut self) -> Result<(), Stop> {
        let Some(key) = self.stale.pop_first() else {
            return Ok(());
        };
        self.found.remove(&key);
        self.look(&key)?;
        let Some(document) = self.documents.get(&key) else {
            return Ok(());
        };
        let found = self.found.get(&key);
        let diagnostics =
            found.map(|found| answers::diagnostics(document, &found.report, self.unit));
        let diagnostics = diagnostics.unwrap_or_default();
        self.notify::<PublishDiagnostics>(PublishDiagnosticsParams {
            uri: document.uri.clone(),
            diagnostics,
            version: Some(document.version),
        })
    }

    /// What is found in a document as it is now.
    fn look(&mut self, key: &str) -> Result<Option<&Found>, Stop> {
        let Some(version) = self.documents.get(key).map(|document| document.version) else {
            return Ok(None);
        };
        if self
            .found
            .get(key)
            .is_none_or(|found| found.version != version)
        {
            let Some((report, outlook)) = self.try_run(key, Wanted::default())? else {
                return Ok(None);
            };
            let found = Found {
                version,
                report,
                outlook,
            };
            self.found.insert(key.to_owned(), found);
        }
        Ok(self.found.get(key))
    }

    /// Runs the list over a document; settings that are wrong are told, and nothing is found.
    fn try_run(&mut self, key: &str, wanted: Wanted) -> Result<Option<(Report, Outlook)>, Stop> {
        let Some(document) = self.documents.get(key) else {
            return Ok(None);
        };
        let others = self.documents.iter().filter(|(other, _)| *other != key);
        let others = others.map(|(_, document)| document);
        match self.workspace.run(document, others, wanted) {
            Ok(found) => {
                if let Some(bug) = found.0.errors.iter().find(|error| error.is_bug) {
                    let message = bug.message.clone();
                    self.complain(&message)?;
                }
                Ok(Some(found))
            }
            Err(Stop::ClosedPipe) => Err(Stop::ClosedPipe),
            Err(Stop::Usage(message)) => {
                self.complain(&message)?;
                Ok(None)
            }
            Err(Stop::Failed(error)) => {
                self.complain(&error.to_string())?;
                Ok(None)
            }
        }
    }
}

fn json_of(value: impl serde::Serialize) -> Result<Value, (ErrorCode, String)> {
    serde_json::to_value(value).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}
