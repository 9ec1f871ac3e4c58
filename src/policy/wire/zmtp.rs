//! The asking half of ZeroMQ's wire protocol, ZMTP 3.0 (RFC 23) with the NULL mechanism, as a REQ
//! socket speaks it (RFC 28): a greeting, a READY command, then one question and one answer at a
//! time. Blocking, bounded, and with a deadline on each word, which libraries that queue and
//! reconnect behind one's back do not give.

use std::io::{Read, Write};

use super::fault::{Deadline, Fault};
use super::stream::TimedStream;
use super::{Address, Limits};

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Frames of one answer that are read at most: a delimiter and a body are meant.
const MAX_FRAMES: usize = 16;

/// A connection to a REP socket. After a fault of any kind it is of no more use.
pub struct Requester {
    stream: TimedStream,
    reply_bytes: usize,
}

impl Requester {
    /// Connects and greets.
    ///
    /// # Errors
    ///
    /// If nobody answers in time, or not as a REP socket without security.
    pub fn open(address: &Address, limits: &Limits) -> Result<Self, Fault> {
        let connecting = Deadline::after(limits.connect);
        let mut stream = TimedStream::connect(&address.host, address.port, connecting.instant)
            .map_err(|e| connecting.fault("connection", &e))?;
        let deadline = Deadline::after(limits.greeting);
        stream.set_deadline(deadline.instant);
        let mut requester = Self {
            stream,
            reply_bytes: limits.reply_bytes,
        };
        requester.greet(deadline)?;
        Ok(requester)
    }

    /// Sends a question and waits for its answer.
    ///
    /// # Errors
    ///
    /// If the answer is late, too large, or the connection ends.
    pub fn ask(&mut self, question: &[u8], deadline: Deadline) -> Result<Vec<u8>, Fault> {
        self.stream.set_deadline(deadline.instant);
        let mut message = vec![MORE, 0];
        message.extend(frame(0, question));
        self.write(&message, deadline)?;
        let mut body = Vec::new();
        for _ in 0..MAX_FRAMES {
            let (flags, part) = self.read_message_frame(deadline)?;
            body.extend(part);
            if body.len() > self.reply_bytes {
                return Err(self.too_large(body.len() as u64));
            }
            if flags & MORE == 0 {
                return Ok(body);
            }
        }
        Err(Fault::Server(format!(
            "an answer of more than {MAX_FRAMES} frames"
        )))
    }

    fn greet(&mut self, deadline: Deadline) -> Result<(), Fault> {
        let mut greeting = [0; 64];
        greeting[0] = 0xff;
        greeting[9] = 0x7f;
        greeting[10] = 3;
        greeting[12..16].copy_from_slice(b"NULL");
        self.write(&greeting, deadline)?;
        // What is no ZeroMQ is told by its first byte, as it may send fewer than 64.
        let mut theirs = [0; 64];
        self.read(&mut theirs[..1], deadline)?;
        if theirs[0] != 0xff {
            return Err(Fault::Server("speaks no ZeroMQ".to_string()));
        }
        self.read(&mut theirs[1..11], deadline)?;
        if theirs[9] & 1 == 0 || theirs[10] < 3 {
            return Err(Fault::Server(
                "speaks no ZeroMQ, or one before version 4 (ZMTP 3)".to_string(),
            ));
        }
        self.read(&mut theirs[11..], deadline)?;
        let mechanism: Vec<u8> = theirs[12..32]
            .iter()
            .copied()
            .take_while(|b| *b != 0)
            .collect();
        if mechanism != b"NULL" {
            return Err(Fault::Server(format!(
                "wants ZeroMQ's {} security, which is not spoken here",
                String::from_utf8_lossy(&mechanism).escape_debug()
            )));
        }
        let mut ready = b"\x05READY".to_vec();
        ready.extend(b"\x0bSocket-Type\x00\x00\x00\x03REQ");
        ready.extend(b"\x08Identity\x00\x00\x00\x00");
        self.write(&frame(COMMAND, &ready), deadline)?;
        let (flags, theirs) = self.read_frame(deadline)?;
        if flags & COMMAND == 0 || !theirs.starts_with(b"\x05READY") {
            return Err(Fault::Server(
                "does not say READY as ZeroMQ does".to_string(),
            ));
        }
        let answers = |kind: &[u8]| theirs.windows(kind.len()).any(|w| w == kind);
        if !answers(b"\x0bSocket-Type\0\0\0\x03REP") && !answers(b"\x0bSocket-Type\0\0\0\x06ROUTER")
        {
            return Err(Fault::Server(
                "is a ZeroMQ socket of another kind than REP".to_string(),
            ));
        }
        Ok(())
    }

    /// The next frame that is no command; a ping is answered.
    fn read_message_frame(&mut self, deadline: Deadline) -> Result<(u8, Vec<u8>), Fault> {
        loop {
            let (flags, body) = self.read_frame(deadline)?;
            if flags & COMMAND == 0 {
                return Ok((flags, body));
            }
            // PING: its name, a time to live of two bytes, and a context to be sent back.
            if let Some(context) = body.strip_prefix(b"\x04PING").and_then(|b| b.get(2..)) {
                let mut pong = b"\x04PONG".to_vec();
                pong.extend(context);
                self.write(&frame(COMMAND, &pong), deadline)?;
            }
        }
    }

    fn read_frame(&mut self, deadline: Deadline) -> Result<(u8, Vec<u8>), Fault> {
        let mut flags = [0];
        self.read(&mut flags, deadline)?;
        if flags[0] & !(MORE | LONG | COMMAND) != 0 {
            return Err(Fault::Server(format!(
                "a ZeroMQ frame with flags {:#04x}",
                flags[0]
            )));
        }
        let mut length = [0; 8];
        if flags[0] & LONG == 0 {
            self.read(&mut length[7..], deadline)?;
        } else {
            self.read(&mut length, deadline)?;
        }
        let length = u64::from_be_bytes(length);
        if length > self.reply_bytes as u64 {
            return Err(self.too_large(length));
        }
        // Grows as bytes come, not as they are promised.
        let mut body = Vec::new();
        Read::by_ref(&mut self.stream)
            .take(length)
            .read_to_end(&mut body)
            .map_err(|e| deadline.fault("answer", &e))?;
        if (body.len() as u64) < length {
            return Err(Fault::Lost(
                "closed the connection within an answer".to_string(),
            ));
        }
        Ok((flags[0], body))
    }

    fn too_large(&self, length: u64) -> Fault {
        Fault::Server(format!(
            "an answer of {length} bytes, larger than the limit of {} MiB",
            self.reply_bytes >> 20
        ))
    }

    fn read(&mut self, buffer: &mut [u8], deadline: Deadline) -> Result<(), Fault> {
        self.stream
            .read_exact(buffer)
            .map_err(|e| deadline.fault("answer", &e))
    }

    fn write(&mut self, bytes: &[u8], deadline: Deadline) -> Result<(), Fault> {
        self.stream
            .write_all(bytes)
            .map_err(|e| deadline.fault("room for the request", &e))
    }
}

fn frame(flags: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(body.len() + 9);
    match u8::try_from(body.len()) {
        Ok(length) => frame.extend([flags, length]),
        Err(_) => {
            frame.push(flags | LONG);
            frame.extend((body.len() as u64).to_be_bytes());
        }
    }
    frame.extend(body);
    frame
}
