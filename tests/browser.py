# SPDX-License-Identifier: MIT
"""Opens pages of nca-play in a browser, chromium driven by selenium: browser.py BUILD PICTURES

What the page shows of cells is compared with what format/nca.py reads; each control has to do what
it says; and pictures of the page are put into a folder, for people to look at. Prints TAP.
"""

import base64
import os
import re
import subprocess
import sys
import time

import numpy as np
from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from play_truth import Truth
from taps import BIN, SCRATCH, F, check, finish, output, run

PICTURES = sys.argv[2]
random = np.random.default_rng(7)


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = '/usr/bin/chromium'
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars'):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    driver = webdriver.Chrome(options=options, service=Service('/usr/bin/chromedriver'))
    driver.execute_cdp_cmd('Network.enable', {})
    driver.execute_cdp_cmd('Network.emulateNetworkConditions', {
        'offline': True, 'latency': 0, 'downloadThroughput': 0, 'uploadThroughput': 0})
    return driver


driver = browser()


def screen(width, height, dark=False):
    phone = width < 600
    driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
        'width': width, 'height': height, 'deviceScaleFactor': 2 if phone else 1, 'mobile': phone})
    driver.execute_cdp_cmd('Emulation.setEmulatedMedia', {'features': [
        {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}]})


def picture(name):
    """Of the whole page, as wide as the screen."""
    size = driver.execute_cdp_cmd('Page.getLayoutMetrics', {})['cssContentSize']
    data = driver.execute_cdp_cmd('Page.captureScreenshot', {
        'captureBeyondViewport': True, 'clip': {**size, 'scale': 1}})
    with open(os.path.join(PICTURES, f'{name}.png'), 'wb') as file:
        file.write(base64.b64decode(data['data']))


def until(condition, what):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.025)
    raise AssertionError(f'not within 10 s: {what}')


def js(code, *arguments):
    return driver.execute_script(code, *arguments)


def get(identity):
    return driver.find_element(By.ID, identity)


def click(identity):
    get(identity).click()


def now():
    return int(re.fullmatch(r'Generation (\d+)', get('now').text)[1])


def is_ready():
    return js('return document.documentElement.dataset.ready') == 'yes'


def open_page(name, link=''):
    """Seconds until the page shows its first generation and takes input."""
    driver.get('about:blank')
    start = time.monotonic()
    driver.get(f'file://{name}{link}')
    until(is_ready, 'the page is ready')
    return time.monotonic() - start


def make(name, stream, *options):
    page = os.path.join(SCRATCH.name, f'{name}.html')
    output('play', '-o', page, *options, stream, check=True, stderr=subprocess.DEVNULL)
    return page


def facts():
    return js('''return Object.fromEntries([...document.querySelectorAll('#facts dd')].map(
        node => [node.dataset.fact, node.textContent]))''')


def set_number(identity, value):
    js('''const input = document.getElementById(arguments[0]);
        input.value = arguments[1];
        input.dispatchEvent(new Event('change', {bubbles: true}));''', identity, str(value))


def go(generation):
    set_number('generation', generation)
    until(lambda: now() == generation, f'generation {generation}')


def shortest(value):
    return float(str(F(value)))


def channel_text(value, tanh, hidden, exact):
    if exact:
        return None
    if hidden and tanh:
        return f'{int(np.rint(value * F(127))) / 127:.3f}'.replace('-0.000', '0.000')
    step = int(np.rint(value * F(255)))
    return f'{max(step, 1 if value and not hidden else 0) / 255:.3f}'


def expected_facts(truth, g, row, col, tanh, exact):
    """What the page has to show of a cell; channels that are exact, as numbers."""
    shown = {}
    for c, plane in enumerate(g.state):
        name = f'Hidden {c}' if c else 'Alpha'
        shown[name] = shortest(plane[row, col]) if exact else channel_text(
            plane[row, col], tanh, c > 0, exact)
    shown['Age'] = str(g.ages[row, col]) if g.ages[row, col] else 'dead'
    serial = int(g.genotypes[row, col])
    shown['Genotype'] = str(serial) if serial else 'none'
    if serial:
        cols, line = g.ages.shape[1], list(truth.line(serial))
        place = divmod(truth.first[serial], cols)
        shown['Born'] = f'generation {truth.origin[serial]}, row {place[0]}, column {place[1]}'
        shown['Founder'] = str(line[-1])
        shown['Mutations since'] = str(len(line) - 1)
        shown['Cells now'] = str(int((g.genotypes == serial).sum()))
        shown['Cells at most'] = f'{truth.cells[serial]}, in generation {truth.peak[serial]}'
    return shown


def parse(got, exact):
    return {name: float(text) if exact and (name == 'Alpha' or name.startswith('Hidden')) else text
            for name, text in got.items()}


def compare_cells(name, stream, tanh, options, count=50):
    """Random cells of random generations, through the fields for row and column."""
    exact = '--exact' in options
    truth = Truth([stream])
    open_page(make(name, stream, *options))
    generations = js('return JSON.parse(document.getElementById("head").textContent).generations')
    by_number = {g.generation: g for g in truth.generations}
    wrong = []
    for _ in range(count):
        g = by_number[int(random.choice(generations))]
        row, col = (int(random.integers(side)) for side in g.ages.shape)
        go(g.generation)
        set_number('row', row)
        set_number('column', col)
        until(lambda: get('where').text == f'Row {row}, column {col}', 'the cell')
        expected = expected_facts(truth, g, row, col, tanh, exact)
        for _ in range(40):  # until all of its sections are unpacked
            if parse(facts(), exact) == expected:
                break
            time.sleep(0.05)
        got = parse(facts(), exact)
        if got != expected:
            wrong.append(f'{g.generation}, {row}, {col}: {got}, not {expected}')
        elif expected['Genotype'] != 'none':
            wrong += pedigree_faults(truth, generations, by_number, g, row, col)
        click('unpin')
    check(not wrong, f'{name}: {count} cells, with their pedigrees and weights', *wrong)


def parameter_names(L):
    return ([f'W1[{i // (9 * L)}][{i % (9 * L)}]' for i in range(9 * L * L)]
            + [f'b1[{i}]' for i in range(L)]
            + [f'W2[{i // L}][{i % L}]' for i in range(L * L)] + [f'b2[{i}]' for i in range(L)])


def signed(value):
    return f'{value:+.4f}'.replace('-', '\u2212')


def close(a, b):
    """Rounded halves may differ in the last digit."""
    numbers = [[float(n.replace('\u2212', '-')) for n in re.findall('[+\u2212][0-9.]+', text)]
               for text in (a, b)]
    return a.split()[0] == b.split()[0] and np.allclose(*numbers, atol=1.01e-4)


def pedigree_faults(truth, generations, by_number, g, row, col):
    """Compares the pedigree of a pinned cell, and the titles of its weights."""
    serial = int(g.genotypes[row, col])
    shown = set().union(*(set(np.unique(by_number[n].genotypes).tolist()) for n in generations))
    line = list(truth.line(serial))
    kept = [s for s in line if s in shown or s == line[-1]]
    until(lambda: get('genome-title').text == f'Genome of {serial}', 'the genome')
    if not get('more').get_attribute('hidden'):
        js('document.getElementById("more").click()')
    steps = js('''return [...document.querySelectorAll('#pedigree li')].map(node => [
        node.querySelector('button').textContent, node.childNodes[2].textContent,
        ...[...node.querySelectorAll('.change:not(.soft)')].map(n => n.textContent)])''')
    if [step[0] for step in steps] != list(map(str, kept)):
        return [f'pedigree of {serial}: {[step[0] for step in steps]}, not {kept}']
    names, wrong = parameter_names(g.state.shape[0]), []
    for step, s, above in zip(steps, kept, kept[1:]):
        now_has, before = truth.genome[s], truth.genome[above]
        changes = [f'{names[p]} {signed(now_has[p] - before[p])} \u2192 {signed(now_has[p])}'
                   for p in np.flatnonzero(now_has.view('u4') != before.view('u4'))][:12]
        place = divmod(truth.first[s], g.ages.shape[1])
        born = f', generation {truth.origin[s]}, row {place[0]}, column {place[1]}'
        if step[1].rstrip() != born or len(step[2:]) != len(changes) or not all(
                map(close, step[2:], changes)):
            wrong.append(f'{s}: {step}, not {changes}')
    titles = js('''return [...document.querySelectorAll('#genome title')].map(
        node => node.textContent)''')
    values = dict(title.split(' = ') for title in titles)
    if {name: F(value) for name, value in values.items()} != dict(zip(names, truth.genome[serial])):
        wrong.append(f'the weights of {serial}')
    return wrong


def pixels(panel=0):
    """The colours of the cells of a grid that is not zoomed, as hexadecimal digits."""
    return js('''const canvas = document.querySelectorAll('.stage canvas')[arguments[0]];
        const head = JSON.parse(document.getElementById('head').textContent);
        const cols = +head.model.width, rows = +head.model.height;
        const {width, height} = canvas, size = Math.min(width / cols, height / rows);
        const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
        const left = (width - cols * size) / 2, top = (height - rows * size) / 2, colours = [];
        for (let i = 0; i < cols * rows; i++) {
            const x = Math.floor(left + (i % cols + 0.5) * size);
            const y = Math.floor(top + (Math.floor(i / cols) + 0.5) * size);
            colours.push([...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3)]
                .map(n => n.toString(16).padStart(2, '0')).join(''));
        }
        return colours;''', panel)


def rendered(stream, view, generation):
    """What nca-render paints."""
    data = output('render', '--format', 'ppm', '--no-annotate', '--scale', '1', '--view', view,
                  '--generations', str(generation), stream)
    cells = len(re.split(rb'\n255\n', data, 1)[1]) // 3
    return [data[-3 * n:][:3].hex() for n in range(cells, 0, -1)]


def compare_views(stream, page):
    """The colours are those of nca-render, where both paint the same."""
    screen(1400, 900, dark=True)  # in the light, cells without a genome are white
    open_page(page, '#g=40&view=alpha')
    for view in 'alpha', 'ghc', 'rwsp', 'genotypes':
        Select(get('view1')).select_by_value(view)
        time.sleep(0.3)
        got, expected = pixels(), rendered(stream, view, 40)
        off = [i for i, (a, b) in enumerate(zip(got, expected, strict=True))
               if max(abs(x - y) for x, y in zip(bytes.fromhex(a), bytes.fromhex(b))) > 8]
        check(not off, f'view {view}: the colours of nca-render',
              *(f'{i}: {got[i]}, not {expected[i]}' for i in off[:5]))


def keys(*what):
    ActionChains(driver).send_keys(*what).perform()


def after(action, generation, what):
    action()
    try:
        until(lambda: now() == generation, what)
        good = True
    except AssertionError:
        good = False
    check(good, f'{what}: generation {generation}', str(now()))


def compare_controls(page):
    screen(1400, 900)
    open_page(page)
    check(now() == 0 and get('first').get_attribute('disabled'), 'it opens at the first generation')
    js('document.activeElement.blur()')
    for key, generation, what in (
            (Keys.ARROW_RIGHT, 1, 'right arrow'), (Keys.END, 80, 'end'),
            (Keys.ARROW_LEFT, 79, 'left arrow'), (Keys.HOME, 0, 'home')):
        after(lambda key=key: keys(key), generation, what)
    for button, generation in (('forward', 1), ('final', 80), ('back', 79), ('first', 0)):
        after(lambda button=button: click(button), generation, f'button {button}')
    after(lambda: set_number('generation', 33), 33, 'the field')
    box = js('''const box = document.getElementById('plot').getBoundingClientRect();
        return [box.width, box.height];''')
    along = (box[0] - 60) / 2 + 46 - box[0] / 2  # the middle of the axis, from that of the canvas
    after(lambda: ActionChains(driver).move_to_element_with_offset(
        get('plot'), round(along), 0).click().perform(), 40, 'a click on the timeline')
    check(get('plot').get_attribute('aria-valuenow') == '40'
          and 'living cells' in get('plot').get_attribute('aria-valuetext'),
          'the timeline is a slider to a screen reader')
    before = js('return document.getElementById("plot").toDataURL()')
    Select(get('quantity')).select_by_visible_text('GEP, entropy of the types')
    check(js('return document.getElementById("plot").toDataURL()') != before
          and 'plot=gep' in driver.current_url, 'another quantity is plotted')
    play_controls()
    view_controls()


def play_controls():
    Select(get('speed')).select_by_visible_text('60')
    js('document.activeElement.blur()')
    click('first')
    keys(Keys.SPACE)
    until(lambda: now() > 20, 'it plays')
    check(get('play').get_attribute('aria-label') == 'Pause', 'space plays')
    keys(Keys.SPACE)
    time.sleep(0.2)
    stopped = now()
    time.sleep(0.3)
    check(now() == stopped < 80, 'space pauses')
    click('play')
    until(lambda: now() == 80, 'the end')
    until(lambda: get('play').get_attribute('aria-label') == 'Play', 'it stops')
    check(True, 'the button plays to the end, and it stops there')
    Select(get('speed')).select_by_visible_text('5')
    click('first')
    start = time.monotonic()
    click('play')
    until(lambda: now() >= 5, 'slow')
    took = time.monotonic() - start
    click('play')
    check(0.8 < took < 4, 'five generations a second', str(took))


def view_controls():
    panels = driver.find_elements(By.CLASS_NAME, 'stage')
    click('final')
    until(lambda: now() == 80, 'the end')
    check(panels[1].is_displayed(), 'a wide screen has two views')
    click('two')
    check(not panels[1].is_displayed() and get('two').get_attribute('aria-pressed') == 'false',
          'one view')
    click('two')
    before = pixels()
    click('in')
    check(pixels() != before and 'zoom=1.5' in driver.current_url, 'zoom in')
    moved = js('return location.hash')
    ActionChains(driver).drag_and_drop_by_offset(panels[0], 40, 30).perform()
    check(js('return location.hash') != moved, 'dragging moves a grid that is zoomed')
    check(get('where').text == 'No cell chosen' or 'Click' in get('hint').text,
          'dragging pins no cell')
    click('fit')
    ActionChains(driver).move_to_element(get('title')).perform()
    time.sleep(0.2)
    check(pixels() == before, 'fit')
    after_hover = get('where').text
    g = Truth([mortal]).generations[-1]
    row, col = np.argwhere(g.genotypes)[300].tolist()
    box = panels[0].rect
    size = min(box['width'] / 40, box['height'] / 30)
    there = panels[0], round((col - 19.5) * size), round((row - 14.5) * size)
    ActionChains(driver).move_to_element_with_offset(*there).perform()
    until(lambda: get('where').text != after_hover, 'pointing')
    check(get('where').text == f'Row {row}, column {col}' and get('hint').text ==
          'Click to pin it.', 'pointing at a cell shows it', get('where').text, str((row, col)))
    ActionChains(driver).move_to_element_with_offset(*there).click().perform()
    until(lambda: 'Pinned' in get('hint').text and get('of-pin').is_displayed(), 'pinned')
    check('r=' in driver.current_url and get('status').get_attribute('textContent'),
          'a click pins it, and a screen reader hears of it')
    ActionChains(driver).move_to_element(get('title')).perform()
    bright = pixels(1)
    steps = driver.find_elements(By.CSS_SELECTOR, '#pedigree li')
    js('arguments[0].click()', steps[-1].find_elements(By.TAG_NAME, 'button')[1])
    until(lambda: 'chosen' in steps[-1].get_attribute('class'), 'the founder is chosen')
    check(pixels(1) != bright and 'of=' in driver.current_url, "an ancestor's clade is highlighted")
    js('arguments[0].click()', steps[0].find_elements(By.TAG_NAME, 'button')[1])
    until(lambda: 'of=' not in driver.current_url, 'its own clade again')
    check(pixels(1) == bright, 'its own clade is highlighted again')
    click('highlight')
    until(lambda: pixels(1) != bright, 'all is bright')
    check(get('highlight').get_attribute('aria-pressed') == 'false',
          'its clade is highlighted, or not')
    js('document.activeElement.blur()')
    keys(Keys.ESCAPE)
    until(lambda: not get('of-pin').is_displayed(), 'unpinned')
    check('r=' not in driver.current_url, 'escape unpins')
    clades_control()


def clades_control():
    Select(get('view2')).select_by_value('clades')
    founders = pixels(1)
    Select(get('clades2')).select_by_value('now')
    until(lambda: 'clades=' in driver.current_url, 'clades of a generation')
    check(pixels(1) != founders, 'clades of the genotypes of a generation')
    Select(get('clades2')).select_by_value('founders')
    until(lambda: 'clades=' not in driver.current_url, 'clades of the founders')
    check(pixels(1) == founders, 'clades of the founders again')


def cell_genotype(generation, row, col):
    return next(g for g in Truth([mortal]).generations
                if g.generation == generation).genotypes[row, col]


def compare_link(page):
    cell = np.argwhere(next(g for g in Truth([mortal]).generations if g.generation == 45).genotypes)
    row, col = cell[300].tolist()
    founder = list(Truth([mortal]).line(int(cell_genotype(45, row, col))))[-1]
    link = (f'#g=60&r={row}&c={col}&at=45&of={founder}&view=ghc&and=clades&clades=30&plot=births'
            '&zoom=2,20,10')
    open_page(page, link)
    until(lambda: get('of-pin').is_displayed(), 'pinned')

    def state():
        return (now(), get('where').text, get('hint').text, get('view1').get_attribute('value'),
                get('view2').get_attribute('value'), get('clades2').text.split('\n')[1].strip(),
                get('quantity').get_attribute('value'), pixels(), pixels(1), get('genome').text,
                js('return document.querySelector("#pedigree .chosen button").textContent'))

    first = state()
    check(first[:2] == (60, f'Row {row}, column {col}') and 'generation 45' in first[2]
          and first[3:6] == ('ghc', 'clades', 'of generation 30') and first[-1] == str(founder),
          'a link opens what it names', first[:6], first[-1])
    click('highlight')
    until(lambda: pixels(1) != first[8], 'nothing is highlighted')
    click('highlight')
    js('window.dispatchEvent(new Event("resize"))')
    click('share')
    again = driver.current_url.split('#')[1]
    open_page(page, '#' + again)
    until(lambda: get('of-pin').is_displayed(), 'pinned')
    time.sleep(0.3)
    check(state() == first, 'the address that it makes leads back to the same', again)
    open_page(page, '#g=999&r=999&c=-1&view=no&and=&zoom=x,1&plot=%3Cb%3E&clades=none')
    check(now() == 80, 'a link that names nothing of the page is no error')


def errors():
    """All but what pixels() causes."""
    return [entry['message'] for entry in driver.get_log('browser')
            if 'getImageData' not in entry['message']]


def played():
    """Generations of the page in a second."""
    click('play')
    time.sleep(0.3)
    (first, start), _ = (now(), time.monotonic()), time.sleep(1)
    rate = (now() - first) / 4 / (time.monotonic() - start)
    click('play')
    return rate


def compare_large():
    """Experiment 17 at full size, thinned to the limit."""
    stream = os.path.join(SCRATCH.name, 'large.zst')
    subprocess.run(f'{BIN}/nca-seed --experiment 17 | {BIN}/nca-step -n 1000 -o {stream}',
                   shell=True, check=True)
    page = make('large', stream)
    screen(1400, 900)
    took = min(open_page(page) for _ in range(3))
    check(took < 2, 'experiment 17: opens in less than 2 s', f'{took:.2f} s')
    for two in True, False:
        open_page(page, '#g=200&view=alpha&and=clades' if two else '#g=200&view=alpha')
        Select(get('speed')).select_by_visible_text('60')
        rate = max(played() for _ in range(3))
        print(f'# {"two views" if two else "one view"}: {rate:.1f} generations a second')
        check(rate >= 30, f'experiment 17: plays 30 generations a second, {1 + two} views',
              f'{rate:.1f}')
    pictures(page, 'experiment-17', '#g=120&r=100&c=100')


def pictures(page, name, link):
    for width, height in (1400, 900), (390, 844):
        for dark in False, True:
            screen(width, height, dark)
            shade = 'dark' if dark else 'light'
            open_page(page, link + '&view=alpha' + ('&and=clades' if width > 600 else ''))
            time.sleep(0.3)
            check(js('return document.documentElement.scrollWidth <= innerWidth'),
                  f'{name}: nothing is wider than {width} pixels, {shade}')
            picture(f'{name}-{width}-{shade}')


mortal = run('mortal', '-W 40 -H 30 --init 0.2 --ip 0.3', '-n 80')
tanh = run('tanh', '-W 25 -H 25 --channels 3 --init 0.1 --ip 0.2 --budget inf --activation tanh '
           '--alpha 0', '-n 60')
large = run('many', '-W 70 -H 60 --init 0.2 --ip 0.3', '-n 90')
screen(1400, 900)
compare_cells('two channels', mortal, False, [])
compare_cells('three channels, infinite budget', tanh, True, [])
compare_cells('exact', tanh, True, ['--exact'])
compare_cells('thinned', large, False, ['--limit', '1'])
ordinary = make('ordinary', mortal)
compare_views(mortal, ordinary)
compare_controls(ordinary)
compare_link(ordinary)
shown = np.argwhere(next(g for g in Truth([mortal]).generations if g.generation == 60).genotypes)
pictures(ordinary, 'ordinary', '#g=60&r={}&c={}'.format(*shown[300]))
compare_large()
found = errors()
check(not found, 'no error and no warning in the console', *found)
driver.quit()
finish()
