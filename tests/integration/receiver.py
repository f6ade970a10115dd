"""An HTTP server on loopback that takes signed alerts, and fails as often as it is told to."""
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    def __init__(self, secret):
        self.secret, self.failures, self.delay_s = secret.encode(), [], 0.0
        self.got, self.refused, self.bad, self.lock = [], 0, [], threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(dict(self.headers), body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, body):
        if self.delay_s:
            threading.Event().wait(self.delay_s)
        with self.lock:
            right = "sha256=" + hmac.new(self.secret, body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(right, headers.get("X-Tillstream-Signature", "")):
                self.bad.append(body)
            if self.failures:
                self.refused += 1
                return self.failures.pop(0)
            alert = json.loads(body)
            if alert["id"] != headers.get("X-Tillstream-Id"):
                self.bad.append(body)
            self.got.append(alert)
            return 200

    def ids(self):
        with self.lock:
            return [alert["id"] for alert in self.got]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
