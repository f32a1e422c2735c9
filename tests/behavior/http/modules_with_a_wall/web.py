import requests


def text(url):
    return requests.get(url).text


def number(url):
    return requests.get(url).json()["a"]
