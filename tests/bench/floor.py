"""The floor of ``power diff``: sends recorded requests round by round, and throws the answers away.

Runs in a bare interpreter (``python -I -S``) and imports nothing that takes time. Its one argument is a file that
``marshal`` wrote: rounds, each of pairs of a port and a request's body. Connections are opened all at once, before the
first round.
"""

import _socket as socket
import marshal
import sys

HEAD = b"POST / HTTP/1.1\r\nhost: floor\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


def main(path):
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes as long to import as the rest
        rounds = marshal.load(file)  # noqa: S302 - the bench's own
    most = {port: max(sum(p == port for p, _ in each) for each in rounds) for each in rounds for port, _ in each}
    idle = {port: [connect(port) for _ in range(count)] for port, count in most.items()}
    for each in rounds:
        left = {port: list(connections) for port, connections in idle.items()}
        asked = [(left[port].pop(), body) for port, body in each]
        for connection, body in asked:
            connection.sendall(HEAD % len(body) + body)
        for connection, _ in asked:
            receive(connection)


def connect(port):
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.connect(("127.0.0.1", port))
    return connection


def receive(connection):
    data = connection.recv(65536)
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    (size,) = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    got = len(body)
    while got < size:
        got += len(connection.recv(1 << 20))


main(sys.argv[1])
