package com.example.matting.view

import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.Button
import androidx.compose.material3.FilterChip
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.Slider
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import com.example.matting.BACKGROUND
import com.example.matting.FOREGROUND
import com.example.matting.MainViewModel
import com.example.matting.R
import com.example.matting.UNKNOWN
import com.example.matting.UiState

@Composable
fun MattingScreen(viewModel: MainViewModel) {
    val state by viewModel.state.collectAsStateWithLifecycle()
    val picker = rememberLauncherForActivityResult(PickVisualMedia()) { uri -> uri?.let(viewModel::open) }
    val gap = Arrangement.spacedBy(8.dp)
    Column(Modifier.fillMaxSize().safeDrawingPadding().padding(16.dp), verticalArrangement = gap) {
        Row(horizontalArrangement = gap) {
            Button(onClick = { picker.launch(PickVisualMediaRequest(PickVisualMedia.ImageOnly)) }) {
                Text(stringResource(R.string.open))
            }
            if (state.cutout == null) {
                Button(onClick = viewModel::cutOut, enabled = state.photograph != null && !state.busy) {
                    Text(stringResource(R.string.cut_out))
                }
            } else {
                Button(onClick = viewModel::paintAgain) { Text(stringResource(R.string.paint_again)) }
                Button(onClick = viewModel::save, enabled = !state.busy) { Text(stringResource(R.string.save)) }
            }
        }
        Tools(state, viewModel)
        Text(
            state.message
                ?: state.times?.let { stringResource(R.string.times, it.run, it.readBack, it.all) }
                ?: stringResource(R.string.hint)
        )
        if (state.busy) LinearProgressIndicator()
        Box(Modifier.weight(1f)) {
            val photograph = state.photograph
            val cutout = state.cutout
            if (cutout != null) {
                Cutout(cutout)
            } else if (photograph != null) {
                PaintedPhotograph(photograph, state, viewModel::paint, viewModel::endStroke)
            }
        }
    }
}

@Composable
private fun Tools(state: UiState, viewModel: MainViewModel) {
    val levels = listOf(
        UNKNOWN to R.string.unknown,
        FOREGROUND to R.string.foreground,
        BACKGROUND to R.string.background,
    )
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        for ((level, name) in levels) {
            FilterChip(
                selected = state.level == level,
                onClick = { viewModel.choose(level) },
                label = { Text(stringResource(name)) },
            )
        }
    }
    Row(
        verticalAlignment = Alignment.CenterVertically,
        horizontalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        Text(stringResource(R.string.brush))
        Slider(
            value = state.brush,
            onValueChange = viewModel::chooseBrush,
            modifier = Modifier.weight(1f),
            valueRange = 0.01f..0.2f,
        )
        Text(stringResource(R.string.gpu))
        Switch(checked = state.onGpu, onCheckedChange = viewModel::chooseGpu, enabled = !state.busy)
    }
}
