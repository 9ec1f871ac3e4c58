//! A WebSocket whose every word has a deadline and a largest size.

use tungstenite::client::client_with_config;
use tungstenite::error::ProtocolError;
use tungstenite::handshake::HandshakeError;
use tungstenite::http::Uri;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Bytes, ClientRequestBuilder, Error, Message, WebSocket};

use super::fault::{Deadline, Fault};
use super::stream::TimedStream;
use super::{Address, KEY_VARIABLE, Settings};

/// A connection in which frames of either kind are received as they are.
pub struct Socket {
    socket: WebSocket<TimedStream>,
    reply_bytes: usize,
}

/// One message of the other side.
pub enum Frame {
    Binary(Bytes),
    Text(String),
}

impl Socket {
    /// Connects and shakes hands; the key goes along as openpi wants it.
    ///
    /// # Errors
    ///
    /// If nobody answers in time, or not as a WebSocket.
    pub fn open(address: &Address, settings: &Settings) -> Result<Self, Fault> {
        let limits = &settings.limits;
        let connecting = Deadline::after(limits.connect);
        let mut stream = TimedStream::connect(&address.host, address.port, connecting.instant)
            .map_err(|e| connecting.fault("connection", &e))?;
        let greeting = Deadline::after(limits.greeting);
        stream.set_deadline(greeting.instant);
        let uri: Uri = format!("ws://{}/", address.authority())
            .parse()
            .map_err(|_| Fault::Server("is no address of a WebSocket".to_string()))?;
        let mut request = ClientRequestBuilder::new(uri);
        if let Some(key) = &settings.key {
            request = request.with_header("Authorization", format!("Api-Key {key}"));
        }
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits.reply_bytes))
            .max_frame_size(Some(limits.reply_bytes));
        match client_with_config(request, stream, Some(config)) {
            Ok((socket, _)) => Ok(Self {
                socket,
                reply_bytes: limits.reply_bytes,
            }),
            Err(HandshakeError::Failure(error)) => Err(refusal(&error, greeting)),
            Err(HandshakeError::Interrupted(_)) => Err(greeting.missed("WebSocket handshake")),
        }
    }

    /// Sends one binary message.
    ///
    /// # Errors
    ///
    /// If it is not taken in time.
    pub fn send(&mut self, message: Vec<u8>, deadline: Deadline) -> Result<(), Fault> {
        self.socket.get_mut().set_deadline(deadline.instant);
        self.socket
            .send(Message::binary(message))
            .map_err(|e| self.fault("room for the request", &e, deadline))
    }

    /// The next message; pings are answered on the way.
    ///
    /// # Errors
    ///
    /// If none comes in time, the connection ends, or what comes is too large or no message.
    pub fn receive(&mut self, what: &str, deadline: Deadline) -> Result<Frame, Fault> {
        self.socket.get_mut().set_deadline(deadline.instant);
        loop {
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => return Ok(Frame::Binary(bytes)),
                Ok(Message::Text(text)) => return Ok(Frame::Text(text.as_str().to_string())),
                Ok(Message::Close(reason)) => {
                    let reason = reason.map_or(String::new(), |r| {
                        let code = u16::from(r.code);
                        format!(" ({})", format!("{code} {}", r.reason.as_str()).trim())
                    });
                    return Err(Fault::Lost(format!(
                        "closed the connection instead of {what}{reason}"
                    )));
                }
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
                Err(error) => return Err(self.fault(what, &error, deadline)),
            }
        }
    }

    fn fault(&self, what: &str, error: &Error, deadline: Deadline) -> Fault {
        match error {
            Error::Io(error) => deadline.fault(what, error),
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                Fault::Lost(format!("closed the connection instead of {what}"))
            }
            Error::Capacity(_) => Fault::Server(format!(
                "{what} larger than the limit of {} MiB",
                self.reply_bytes >> 20
            )),
            other => Fault::Server(format!("{what} that is no WebSocket message: {other}")),
        }
    }
}

fn refusal(error: &Error, deadline: Deadline) -> Fault {
    match error {
        Error::Io(error) => deadline.fault("WebSocket handshake", error),
        Error::Http(response) => {
            let status = response.status();
            let key = match status.as_u16() {
                401 | 403 => format!("; it wants another key in {KEY_VARIABLE}"),
                _ => String::new(),
            };
            Fault::Server(format!(
                "answers HTTP {status} instead of a WebSocket handshake{key}"
            ))
        }
        Error::Protocol(ProtocolError::HandshakeIncomplete) => {
            Fault::Lost("closed the connection instead of WebSocket handshake".to_string())
        }
        other => Fault::Server(format!("speaks no WebSocket: {other}")),
    }
}
