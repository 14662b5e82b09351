# SPDX-License-Identifier: MIT
"""Executes pipelines/notebook.ipynb in a folder: notebook.py FOLDER. The executed one is put there
as notebook.ipynb, and its pictures as figure-N.png; fails if a cell does, or has none to show."""

import base64
import os
import sys

import nbclient
import nbformat

SOURCE = os.path.join(os.path.dirname(__file__), '..', 'pipelines', 'notebook.ipynb')
FOLDER = sys.argv[1]
FIGURES = 5

notebook = nbformat.read(SOURCE, as_version=4)
nbformat.validate(notebook)
nbclient.NotebookClient(notebook, timeout=900,
                        resources={'metadata': {'path': FOLDER}}).execute()
nbformat.write(notebook, os.path.join(FOLDER, 'notebook.ipynb'))
outputs = [output for cell in notebook.cells for output in cell.get('outputs', ())]
shown = [output.data for output in outputs if 'data' in output]
for number, data in enumerate((data for data in shown if 'image/png' in data), 1):
    with open(os.path.join(FOLDER, f'figure-{number}.png'), 'wb') as file:
        file.write(base64.b64decode(data['image/png']))
texts = [output.text for output in outputs if output.output_type == 'stream']
print(*texts)
assert number == FIGURES, f'{number} figures, not {FIGURES}'
assert any('founders have descendants' in text for text in texts)
assert any('<th' in data.get('text/html', '') for data in shown), 'no header'
assert any('video/mp4' in data.get('text/html', '') for data in shown), 'no video'
assert not [output for output in outputs if output.get('name') == 'stderr'], 'warnings'
