import loader


async def run(errors):
    for error in errors:
        try:
            print(await loader.Loader(error)._refresh())
        except Exception:
            print("not refreshed")
