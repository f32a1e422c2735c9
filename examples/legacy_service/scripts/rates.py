"""Print today's exchange rates: rates.py URL"""

import asyncio
import sys

from pricewatch.clients import fetch_rates


async def main(url):
    rates = await fetch_rates(url)
    for code in sorted(rates):
        print(f"{code} {rates[code]:.4f}")


if __name__ == "__main__":
    loop = asyncio.get_event_loop()
    loop.run_until_complete(main(sys.argv[1]))
    loop.close()
