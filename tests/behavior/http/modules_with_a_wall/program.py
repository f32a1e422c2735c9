# /// case
# shows = "A sort key in another module keeps the whole chain, and a second chain beside it changes."
# changes = ["asyncify", "requests-to-httpx"]
# refused = ["sort-key"]
# flags = ["--asyncify"]
# ///
import sys

import web


def size(path):
    return len(web.text(sys.argv[1] + path))


def main():
    print(sorted(["/json", "/nowhere"], key=size))
    print(web.number(sys.argv[1] + "/json"))


if __name__ == "__main__":
    main()
