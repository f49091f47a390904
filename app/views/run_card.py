"""The card of a running or ended update: its steps, its figures, its curve."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from app.facts.run import RunFacts
from app.views.card import Card
from app.views.figures import FiguresView
from app.views.speed_graph import SpeedGraph
from app.views.steps import Steps


class RunCard(Card):
    """Shows `RunFacts`; hidden without. With a graph it takes the height that is left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName(self.tr("Update"))
        self.steps = Steps()
        self.figures = FiguresView()
        self.graph = SpeedGraph()
        self.body.addWidget(self.steps)
        self.body.addWidget(self.figures)
        self.body.addWidget(self.graph, 1)
        self.hide()

    def present(self, facts: RunFacts | None) -> None:
        self.setVisible(facts is not None)
        if facts is None:
            return
        self.steps.present(facts.steps)
        self.figures.setVisible(facts.figures is not None)
        if facts.figures is not None:
            self.figures.present(facts.figures)
        self.graph.setVisible(facts.graph is not None)
        if facts.graph is not None:
            self.graph.present(facts.graph)
        tall = QSizePolicy.Policy.Expanding if facts.graph else QSizePolicy.Policy.Fixed
        if self.sizePolicy().verticalPolicy() is not tall:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, tall)
