# /// case
# shows = "A string that spans lines keeps them, wherever the lines around it go."
# changes = ["gather-to-taskgroup", "gather-return-exceptions"]
# ///
import asyncio


async def work(*values):
    await asyncio.sleep(0)
    print(values)
    return values


def make(*values):
    return work(*values)


async def loops(xs):
    await asyncio.gather(*[work("""a
  b
""", x) for x in xs])
    await asyncio.gather(*[work(x, """a
  b
""") for x in xs if x != """
   q
"""])
    r = await asyncio.gather(*[work("""a
  b
""", x) for x in xs])
    if xs:
        await asyncio.gather(*[work(f"""a
  {x}
""", x) for x in xs], return_exceptions=True)
        await asyncio.gather(*[work("a\
  b", x) for x in xs], return_exceptions=True)
asyncio.run(loops([1, 2, 3]))


async def every_place(xs):
    r = await asyncio.gather(work("""a
b"""), work(2, """c
 d"""))
    x, y = await asyncio.gather(work("""a
b"""), make(2, """c
 d"""))
    await asyncio.gather(
        work("""a
b"""),
        make("""a
b"""),  # c
        *[make(x, """a
b""") for x in xs],
        *[
            make(x, """a
b""")
            for x in xs
        ],
    )
    r = await asyncio.gather(*[
        work(x, f"""a
{x}""", "looooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooong")
        for x in xs
    ])
    tasks = []
    for x in xs:
        if x:
            tasks.append(asyncio.create_task(work("""m
 n""", x)))
    await asyncio.gather(*tasks)
    coros = [work("""o
 p"""), work(1)]
    print(await asyncio.gather(*coros))
    print(await asyncio.gather(work(1)) if xs else """s
t""")
    print("""s
t""", await asyncio.gather(work("""u
v""")))
    for z in await asyncio.gather(*(work("""u
v""", q) for q in xs)):
        print("""w
  x""", z)
    return await asyncio.gather(*map(work, ["""aa
 bb"""]))


print(asyncio.run(every_place([1, 2])))
